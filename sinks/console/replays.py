"""Replays that were asked for in the console: first counted, then, when somebody confirms, sent.

They go on while nobody looks, in this process; one at a time for a destination. A process that ends
in the middle leaves what it has sent: of dead letters the next replay sends only the others.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count

import structlog

from sinks.charts.parameters import ParameterError
from sinks.console.parts import Parts
from sinks.delivery import replaying
from sinks.delivery.replay import Replayed, Selection
from sinks.delivery.replaying import FOLLOWED, Wish
from sinks.delivery.standing import MISSED
from streams.contracts.errors import StoreNotificationsError
from streams.contracts.event import EventType
from streams.observe import clock

_LONGEST = 200  # characters of a reason or an id
_log = structlog.get_logger()


class JobState(StrEnum):
    COUNTING = "counting"
    COUNTED = "counted"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(slots=True, kw_only=True)
class Job:
    """`text`: what was asked for, for people. `read` of `of` records; `found`: once it has ended."""

    number: int
    wish: Wish
    text: str
    state: JobState
    asked_at: datetime
    read: int = 0
    of: int = 0
    found: Replayed = field(default_factory=Replayed)
    problem: str = ""

    @property
    def is_running(self) -> bool:
        return self.state in {JobState.COUNTING, JobState.SENDING}

    def progress(self, read: int, of: int) -> None:
        self.read, self.of = read, of


class Replays:
    """The newest job of each destination."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = count(1)

    def job(self, destination: str) -> Job | None:
        return self._jobs.get(destination)

    def count(self, destination: str, form: Mapping[str, object]) -> Job:
        """Begin to count what the form asks for; ParameterError names the field that is not right."""
        wish, text = read_wish(destination, form)
        return self._begin(destination, wish, text, JobState.COUNTING)

    def send(self, destination: str, number: str) -> Job:
        """Send what was counted; ParameterError when that is not what was last counted."""
        counted = self._jobs.get(destination)
        if counted is None or str(counted.number) != number or counted.state != JobState.COUNTED:
            raise ParameterError(
                "replay: what you confirmed is not what was counted last: count again"
            )
        wish = replace(counted.wish, dry_run=False)
        return self._begin(destination, wish, counted.text, JobState.SENDING)

    def send_missed(self, destination: str) -> Job:
        """What it missed while nothing was sent to it, after a decision that is just made."""
        selection = Selection(destinations=frozenset({destination}), reasons=MISSED)
        wish = Wish(selection=selection, dead=True, dry_run=False, after=FOLLOWED)
        text = "what it missed while nothing was sent to it"
        return self._begin(destination, wish, text, JobState.SENDING)

    def _begin(self, destination: str, wish: Wish, text: str, state: JobState) -> Job:
        before = self._jobs.get(destination)
        if before is not None and before.is_running:
            raise ParameterError(
                f"replay: one of {destination} is running: wait until it has ended"
            )
        # Before anything is read: one that is paused is told to the form that asks.
        replaying.delivered_to(wish.selection, self._parts.plans, self._parts.standing)
        now = clock.now()
        job = Job(number=next(self._numbers), wish=wish, text=text, state=state, asked_at=now)
        self._jobs[destination] = job
        task = asyncio.create_task(self._run(destination, job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    async def _run(self, destination: str, job: Job) -> None:
        parts = self._parts
        try:
            job.found = await replaying.replay(
                parts.settings.kafka, job.wish, parts.plans, parts.standing, job.progress
            )
            job.state = JobState.COUNTED if job.wish.dry_run else JobState.SENT
        except StoreNotificationsError as error:
            job.state, job.problem = JobState.FAILED, str(error)
        except Exception:
            job.state, job.problem = JobState.FAILED, "this is a defect; the log has it"
            _log.exception("replay_failed", destination=destination)
            raise
        finally:
            parts.live.tell("destinations")


def read_wish(destination: str, form: Mapping[str, object]) -> tuple[Wish, str]:
    """What a form asks for, to be counted, and the same in words."""
    dead = _word(form, "from") == "dead"
    type_, reason, event_id = (_word(form, name) for name in ("type", "reason", "event_id"))
    if type_ and type_ not in set(EventType):
        raise ParameterError(f"type is {type_[:50]!r}: use one of the event types, or none")
    since, until = _moment(form, "since"), _moment(form, "until")
    selection = Selection(
        destinations=frozenset({destination}),
        ids=frozenset(filter(None, (event_id,))),
        types=frozenset(filter(None, (type_,))),
        reasons=frozenset(filter(None, (reason,))) if dead else frozenset(),
        since=since,
        until=until,
    )
    text = _text(
        dead=dead, chosen=(type_, event_id, reason if dead else ""), since=since, until=until
    )
    return Wish(selection=selection, dead=dead, dry_run=True), text


def _text(
    *, dead: bool, chosen: tuple[str, ...], since: datetime | None, until: datetime | None
) -> str:
    words = ["dead letters" if dead else "events", *filter(None, chosen)]
    words += [f"from {since:%Y-%m-%d %H:%M} UTC"] if since else []
    words += [f"before {until:%Y-%m-%d %H:%M} UTC"] if until else []
    return ", ".join(words)


def _word(form: Mapping[str, object], name: str) -> str:
    value = form.get(name, "")
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        raise ParameterError(f"{name}: at most {_LONGEST} printable characters")
    return value.strip()


def _moment(form: Mapping[str, object], name: str) -> datetime | None:
    value = _word(form, name)
    if not value:
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError as error:
        raise ParameterError(
            f"{name} is {value[:30]!r}: use a time like 2026-11-23T14:00"
        ) from error
