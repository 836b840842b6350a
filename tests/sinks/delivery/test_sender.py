"""One attempt: the requests of a destination and what their answers mean."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from sinks.delivery.attempts import Timing
from sinks.delivery.client import Answer
from sinks.delivery.sender import Sender
from sinks.destinations.base import (
    DELIVERED,
    Request,
    Response,
    Sending,
    Verdict,
    VerdictKind,
)
from sinks.destinations.http import judge
from streams.contracts.event import Event
from streams.settings.secret import Secret
from tests.sinks.delivery.deliveries import NOW, delivery, plan

TIMING = Timing(total_ms=1.0)


class Wire:
    """Answers with the given statuses, one a request; None is no answer at all."""

    def __init__(self, *statuses: int | None) -> None:
        self._statuses = list(statuses)
        self.sent: list[tuple[str, bool]] = []
        self.until: list[float] = []

    async def send(self, request: Request, *, until: float, private: bool = False) -> Answer:
        self.sent.append((request.url, private))
        self.until.append(until)
        status = self._statuses.pop(0)
        if status is None:
            return Answer(timing=TIMING, reason="timeout", detail="no answer in time")
        return Answer(timing=TIMING, response=Response(status=status, received_at=NOW))


@dataclass
class Vendor:
    """Tells an event in as many requests as it has paths; each of its parts may have a bug."""

    paths: tuple[str, ...] = ("a",)
    bug: str = ""
    secrets: tuple[Secret, ...] = ()
    seen: list[Sending] = field(default_factory=list)
    url: str = "https://vendor.example"

    def tells(self, event: Event) -> bool:
        return bool(self.paths)

    def requests(self, event: Event, sending: Sending) -> tuple[Request, ...]:
        self.seen.append(sending)
        if self.bug == "requests":
            raise KeyError(event.id)
        return tuple(Request(url=path, headers={}, body=b"12345") for path in self.paths)

    def judge(self, response: Response) -> Verdict:
        if self.bug == "judge":
            raise KeyError(response.status)
        return judge(response)


async def test_an_answer_is_judged_by_the_destination() -> None:
    wire = Wire(204)
    tried = await Sender(wire).attempt(plan(destination=Vendor()), delivery())

    assert tried.verdict == DELIVERED
    assert tried.request_bytes == 5
    assert tried.timing == TIMING


async def test_no_answer_is_tried_again_with_its_reason() -> None:
    tried = await Sender(Wire(None)).attempt(plan(destination=Vendor()), delivery())

    assert (tried.verdict.kind, tried.verdict.reason) == (VerdictKind.RETRY, "timeout")
    assert tried.detail == "no answer in time"
    assert tried.response is None


async def test_several_requests_are_delivered_when_each_is() -> None:
    wire = Wire(200, 200)
    vendor = Vendor(paths=("track", "engage"))
    tried = await Sender(wire).attempt(plan(destination=vendor), delivery())

    assert [url for url, _ in wire.sent] == ["track", "engage"]
    assert tried.verdict == DELIVERED
    assert tried.request_bytes == 10
    assert wire.until[0] == wire.until[1], "one timeout for the whole attempt"


async def test_the_first_that_fails_ends_the_attempt() -> None:
    wire = Wire(500, 200)
    vendor = Vendor(paths=("track", "engage"))
    tried = await Sender(wire).attempt(plan(destination=vendor), delivery())

    assert len(wire.sent) == 1
    assert tried.verdict.reason == "http_500"


async def test_a_destination_that_has_nothing_to_say_of_an_event_is_done_with_it() -> None:
    wire = Wire()
    tried = await Sender(wire).attempt(plan(destination=Vendor(paths=())), delivery())

    assert tried.verdict == DELIVERED
    assert wire.sent == []


@pytest.mark.parametrize("bug", ["requests", "judge"])
async def test_a_bug_in_a_destination_is_a_dead_letter_and_no_crash(bug: str) -> None:
    tried = await Sender(Wire(200)).attempt(plan(destination=Vendor(bug=bug)), delivery())

    assert (tried.verdict.kind, tried.verdict.reason) == (VerdictKind.DEAD, "bug")


class Torn:
    """A transport with a bug of its own."""

    async def send(self, request: Request, *, until: float, private: bool = False) -> Answer:
        raise RuntimeError(request.url)


async def test_a_bug_in_the_sending_is_tried_again_and_no_crash() -> None:
    tried = await Sender(Torn()).attempt(plan(destination=Vendor()), delivery())

    assert (tried.verdict.kind, tried.verdict.reason) == (VerdictKind.RETRY, "bug")
    assert tried.detail == "RuntimeError", "without its text, which may hold the url"


async def test_shadow_makes_the_requests_and_sends_none() -> None:
    wire, vendor = Wire(), Vendor()
    tried = await Sender(wire).attempt(plan(destination=vendor), delivery(), shadow=True)

    assert tried.shadow
    assert tried.request_bytes == 5
    assert (len(vendor.seen), wire.sent) == (1, [])


async def test_the_destination_learns_which_attempt_it_is_and_that_it_is_a_replay() -> None:
    vendor = Vendor()
    await Sender(Wire(200)).attempt(plan(destination=vendor), delivery(attempts=4, replay=True))

    assert (vendor.seen[0].attempt, vendor.seen[0].replay) == (5, True)


async def test_the_plans_timeout_and_guard_reach_the_wire() -> None:
    wire = Wire(200)
    one = plan(destination=Vendor(), timeout=timedelta(seconds=3), allow_private=True)
    before = asyncio.get_running_loop().time()
    await Sender(wire).attempt(one, delivery())

    assert wire.sent == [("a", True)]
    assert 2.9 < wire.until[0] - before < 3.5
