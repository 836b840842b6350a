"""Keys are kept fresh, written when they differ, and never taken away by a bad answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from streams.contracts.codec import decode, encode
from streams.contracts.errors import MalformedError, TransientError
from streams.contracts.purchase import KeyWanted
from streams.contracts.step import Out, Record
from streams.lookup.published_keys import Fetched, PublishedKeys
from streams.observe import clock
from tests.streams.kafka.conftest import until

GOOGLE = "https://accounts.google.com"
URL = "https://www.googleapis.com/oauth2/v3/certs"
HOUR = timedelta(hours=1)
Answer = dict[str, str] | TransientError | MalformedError


class Issuer:
    """Satisfies Fetch: gives the answers in turn, the last one for ever. `asked`: when."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[float] = []
        self.at_once = 0
        self.most_at_once = 0

    async def __call__(self, url: str) -> Fetched:
        assert url == URL
        self.asked.append(clock.monotonic())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Fetched(keys=answer, lifetime=HOUR)


class Topic:
    """Satisfies Write: what was written, in order."""

    def __init__(self) -> None:
        self.written: list[Out] = []

    async def __call__(self, out: Out) -> None:
        self.written.append(out)

    @property
    def sets(self) -> list[dict[str, str]]:
        return [decode(out.value or b"", dict[str, str]) for out in self.written]


@asynccontextmanager
async def keeping(keys: PublishedKeys) -> AsyncIterator[None]:
    task = asyncio.create_task(keys.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def kept(issuer: Issuer, topic: Topic, at_most: float = 0.05) -> PublishedKeys:
    return PublishedKeys({GOOGLE: URL}, issuer, topic, timedelta(seconds=at_most))


def wanted(key_id: str, issuer: str = GOOGLE) -> KeyWanted:
    return KeyWanted(issuer=issuer, key_id=key_id)


def in_topic(keys: dict[str, str]) -> Record:
    return Record(topic="keys", partition=0, offset=0, key=GOOGLE.encode(), value=encode(keys))


async def test_the_keys_are_written_at_the_start_under_their_issuer() -> None:
    issuer, topic = Issuer({"k1": "pem"}), Topic()

    async with keeping(kept(issuer, topic)):
        await until(lambda: topic.written, 2)

    assert [(out.topic, out.key) for out in topic.written] == [("keys", GOOGLE.encode())]
    assert topic.sets == [{"k1": "pem"}]


async def test_what_the_topic_holds_already_is_not_written_again() -> None:
    issuer, topic = Issuer({"k1": "pem"}, {"k1": "pem"}, {"k2": "pem"}), Topic()
    keys = kept(issuer, topic)
    keys.on_record(in_topic({"k1": "pem"}))

    async with keeping(keys):
        await until(lambda: issuer.asked, 2)
        keys.want(wanted("k9"))
        await until(lambda: len(issuer.asked) >= 2, 2)
        keys.want(wanted("k9"))
        await until(lambda: topic.written, 2)

    assert topic.sets == [{"k2": "pem"}]


async def test_a_failure_takes_nothing_away_and_is_tried_again_soon() -> None:
    issuer = Issuer(TransientError("away"), MalformedError("a page"), {"k1": "pem"})
    topic = Topic()
    keys = kept(issuer, topic)
    keys.on_record(in_topic({"k0": "pem"}))

    async with keeping(keys):
        await until(lambda: topic.written, 6)

    assert topic.sets == [{"k1": "pem"}]


async def test_wishes_lead_to_one_fetch_in_a_while_and_one_at_a_time() -> None:
    issuer, topic = Issuer({"k1": "pem"}), Topic()
    keys = kept(issuer, topic, at_most=0.3)

    async with keeping(keys):
        await until(lambda: topic.written, 2)
        began = clock.monotonic()
        while clock.monotonic() - began < 1.0:
            keys.want(wanted("unknown"))
            await asyncio.sleep(0.005)

    gaps = [after - before for before, after in zip(issuer.asked, issuer.asked[1:], strict=False)]
    assert 2 <= len(gaps) <= 4
    assert min(gaps) >= 0.29
    assert issuer.most_at_once == 1


async def test_a_key_that_is_here_or_of_somebody_else_is_not_asked_for() -> None:
    issuer, topic = Issuer({"k1": "pem"}), Topic()
    keys = kept(issuer, topic)

    async with keeping(keys):
        await until(lambda: topic.written, 2)
        keys.want(wanted("k1"))
        keys.want(wanted("k9", issuer="https://evil.example"))
        await asyncio.sleep(0.2)

    assert len(issuer.asked) == 1


async def test_a_record_that_can_not_be_read_changes_nothing() -> None:
    issuer, topic = Issuer({"k1": "pem"}), Topic()
    keys = kept(issuer, topic)
    keys.on_record(in_topic({"k1": "pem"}))
    keys.on_record(Record(topic="keys", partition=0, offset=1, key=GOOGLE.encode(), value=b"[1]"))

    async with keeping(keys):
        await until(lambda: issuer.asked, 2)
        await asyncio.sleep(0.1)

    assert topic.written == []
