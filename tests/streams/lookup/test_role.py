"""The role on a real broker: keys to topic `keys`, pointers told and waiting, released by control."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest

from deploy.demo.google_play import GooglePlay, serve_google_play
from deploy.demo.signers.google import OidcIssuer, serve_keys
from streams.contracts import topics
from streams.contracts.codec import decode, encode
from streams.contracts.ids import AppId
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.project import Project
from streams.contracts.purchase import KeyWanted, Observation, Pointer
from streams.contracts.step import Out, Record
from streams.kafka.follower import Follower
from streams.kafka.producer import Producer
from streams.lookup.release import ADDED, RELEASED, added
from streams.lookup.role import Lookup
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import until
from tests.streams.lookup.google import BASE, KEY, sell, settings
from tests.streams.lookup.test_pointers import POINTER
from tests.streams.stores.signing import BUNDLE_ID, PLAY_STORE, with_options


@dataclass(kw_only=True)
class Scene:
    """One lookup process, an app of its own, its issuer, and what the topics say of them."""

    kafka: KafkaSettings
    app_id: AppId
    issuer: OidcIssuer
    role: Lookup
    producer: Producer

    def pointer(self) -> Pointer:
        return replace(POINTER, app_id=self.app_id, received_at=clock.now())

    async def write(self, topic: str, value: bytes) -> None:
        await self.producer.send(Out(topic=topic, key=None, value=value))

    async def mine(self, topic: str, says: bytes | None = None) -> list[Record]:
        """The records of a topic that name this scene's app."""
        found: list[Record] = []
        follower = Follower(self.kafka, topic, found.append)
        await follower.start()
        await follower.stop()
        name = says or self.app_id.encode()
        return [record for record in found if name in (record.value + (record.key or b""))]

    async def comes(
        self,
        topic: str,
        enough: Callable[[list[Record]], bool] = bool,
        says: bytes | None = None,
    ) -> list[Record]:
        async with asyncio.timeout(20):
            while not enough(found := await self.mine(topic, says)):  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(0.1)
        return found


@asynccontextmanager
async def running(role: Lookup) -> AsyncIterator[None]:
    task = asyncio.create_task(role.run())
    try:
        await until(lambda: role.started.is_set() or task.done(), 20)
        if task.done():
            task.result()
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def scene(kafka: KafkaSettings, topics: tuple[str, ...]) -> AsyncIterator[Scene]:
    name = f"app-{uuid4().hex[:12]}"
    issuer = OidcIssuer(f"https://{name}.example")
    async with (
        serve_keys(issuer, "127.0.0.1", 0) as url,
        Producer(kafka, client_id="test") as producer,
    ):
        issuer.name = url
        app = replace(with_options(PLAY_STORE, issuer=url), app_id=AppId(name))
        project = Project(name="Test", sha256="0", apps=(app,))
        role = Lookup(kafka=kafka, project=project, group=f"lookup-{name}")
        yield Scene(kafka=kafka, app_id=AppId(name), issuer=issuer, role=role, producer=producer)


def keys_in(records: list[Record]) -> set[str]:
    return set(decode(records[-1].value, dict[str, str])) if records else set()


async def test_an_issuers_keys_are_published_at_the_start_and_once(scene: Scene) -> None:
    name = scene.issuer.name.encode()
    async with running(scene.role):
        await scene.comes(topics.KEYS, says=name)
    again = Lookup(kafka=scene.kafka, project=scene.role.project, group=scene.role.group)
    async with running(again):
        await asyncio.sleep(1)

    written = await scene.mine(topics.KEYS, name)
    assert len(written) == 1
    assert keys_in(written) == set(scene.issuer.published())


async def test_a_pointer_is_told_once_and_waits(scene: Scene) -> None:
    async with running(scene.role):
        await scene.write(topics.POINTERS, encode(scene.pointer()))
        (told,) = await scene.comes(topics.OUTCOMES)
        (waiting,) = await scene.comes("delay.24h")

    assert decode(told.value, Outcome).kind is OutcomeKind.NEEDS_CREDENTIALS
    assert waiting.value == (await scene.mine(topics.POINTERS))[0].value


async def test_new_credentials_release_what_waits_at_once(scene: Scene) -> None:
    async with running(scene.role):
        for _ in range(3):
            await scene.write(topics.POINTERS, encode(scene.pointer()))
        await scene.comes("delay.24h", lambda found: len(found) == 3)
        await scene.producer.send(added(scene.app_id, PLAY_STORE))
        written = await scene.comes(topics.POINTERS, lambda found: len(found) == 6)
        await scene.comes("delay.24h", lambda found: len(found) == 6)

    assert len({record.value for record in written}) == 3
    assert len(await scene.mine(topics.OUTCOMES)) == 3


async def test_a_release_that_was_done_is_not_done_again_by_the_next_process(
    scene: Scene,
) -> None:
    async with running(scene.role):
        await scene.write(topics.POINTERS, encode(scene.pointer()))
        await scene.comes("delay.24h")
        await scene.producer.send(added(scene.app_id, PLAY_STORE))
        await scene.comes(topics.CONTROL, lambda found: len(found) == 2)
    again = Lookup(kafka=scene.kafka, project=scene.role.project, group=scene.role.group)
    async with running(again):
        await asyncio.sleep(6)

    assert len(await scene.mine(topics.POINTERS)) == 2


async def test_a_record_that_can_not_be_read_is_dead_and_the_next_goes_on(scene: Scene) -> None:
    async with running(scene.role):
        await scene.write(topics.POINTERS, b'{"app_id": "%s"}' % scene.app_id.encode())
        await scene.write(topics.POINTERS, encode(scene.pointer()))
        await scene.comes(topics.OUTCOMES)
        (dead,) = await scene.comes(topics.DEAD)

    assert dead.header("reason") == b"malformed"


async def test_a_wish_for_a_key_is_read_and_done(scene: Scene) -> None:
    wish = KeyWanted(issuer=scene.issuer.name, key_id="unknown")
    async with running(scene.role):
        await scene.write(topics.KEYS_WANTED, encode(wish))
        await scene.write(topics.POINTERS, encode(scene.pointer()))
        await scene.comes(topics.OUTCOMES)

        assert scene.role.health.live() is None
        assert scene.role.health.ready() is None


@asynccontextmanager
async def with_google(scene: Scene) -> AsyncIterator[GooglePlay]:
    """Google's API, and the scene's role with an account that may ask it."""
    play = GooglePlay(package=BUNDLE_ID, account=KEY.public_key())
    async with serve_google_play(play, "127.0.0.1", 0) as url:
        scene.role.apis = {(scene.app_id, PLAY_STORE): settings(url)}
        yield play


async def test_with_credentials_what_waited_is_released_and_answered(scene: Scene) -> None:
    async with running(scene.role):
        await scene.write(topics.POINTERS, encode(scene.pointer()))
        await scene.comes("delay.24h")
    async with with_google(scene) as play:
        sell(play)
        later = Lookup(
            kafka=scene.kafka,
            project=scene.role.project,
            apis=scene.role.apis,
            group=scene.role.group,
        )
        async with running(later):
            found = await scene.comes(topics.PURCHASES)

    seen = decode(found[0].value, Observation)
    assert seen.purchase_key == f"{scene.app_id}/play_store/PRODUCTION/token-1"
    assert seen.snapshot.transactions[0].transaction_id == BASE


async def test_a_slow_purchase_holds_up_no_other_and_a_failure_comes_back(scene: Scene) -> None:
    async with with_google(scene) as play, running(scene.role):
        # New credentials: what the topic holds by then is asked once more, whoever has asked already.
        await scene.comes(topics.CONTROL, lambda told: len(told) == len((ADDED, RELEASED)))
        play.faults.status = 503
        await scene.write(topics.POINTERS, encode(scene.pointer()))
        await scene.comes("delay.5s")
        play.faults.status = None
        sell(play, "token-2")
        await scene.write(topics.POINTERS, encode(replace(scene.pointer(), purchase_id="token-2")))
        (found,) = await scene.comes(topics.PURCHASES)

    assert found.header("kind") == b"observation"
    assert found.key is not None
    assert found.key.endswith(b"/token-2")


async def test_no_credential_is_in_any_topic_or_log(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    async with with_google(scene) as play, running(scene.role):
        sell(play)
        play.faults.forbidden = "/subscriptionsv2"
        await scene.write(topics.POINTERS, encode(scene.pointer()))
        await scene.comes(topics.OUTCOMES)
        every = [
            record
            for topic in (topics.OUTCOMES, topics.CONTROL, "delay.24h")
            for record in await scene.mine(topic)
        ]
    told = capsys.readouterr()
    text = told.out + told.err + repr(every) + repr(scene.role.apis)

    assert "status 403" in repr(every)
    assert "PRIVATE KEY" not in text
    assert "ya29." not in text
