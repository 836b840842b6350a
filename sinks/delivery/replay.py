"""Delivers again what an operator asks for: from topic `events`, or from the dead letters.

Both are read from Kafka, which holds each event whole; ClickHouse keeps it longer, but as rows that
only the charts process may open. A replay goes to deliver as a retry does, so lanes, breaker,
schedule and log are the same: it has the event's own id, starts at the first attempt, and says that
it is a replay. A destination's filter holds for it too.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

from sinks.delivery.dead_letters import DeadLetter, replayed_out
from sinks.delivery.delivery import Route, Subject, replay_out
from sinks.delivery.open_letters import DEAD, Progress, open_letters, read_on
from sinks.delivery.outbox import Writing
from sinks.delivery.plan import Plan
from sinks.forward.notification import forwarded
from streams.contracts.codec import decode
from streams.contracts.errors import MalformedError
from streams.contracts.event import Event
from streams.contracts.raw import read_raw
from streams.contracts.step import Out, Record
from streams.contracts.topics import EVENTS, FORWARDS_DEAD
from streams.kafka.delay_steps import delayed, unix_ms
from streams.kafka.history import History
from streams.settings.kafka import KafkaSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is asked for; an empty set: no restriction. `since` and `until`: when the event was
    published or the letter written, by the broker's clock."""

    ids: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    destinations: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def takes_time(self, record: Record) -> bool:
        return self.until is None or record.timestamp_ms < unix_ms(self.until)

    def may_hold(self, record: Record) -> bool:
        """Cheap, before the record is decoded: only what may be one of the ids is."""
        if record.topic == FORWARDS_DEAD:
            return True  # its id stands in a header, which is cheap to read
        return not self.ids or any(one.encode() in record.value for one in self.ids)

    def takes(self, event: Subject) -> bool:
        return (not self.ids or event.id in self.ids) and (
            not self.types or event.type in self.types
        )

    def takes_destination(self, name: str) -> bool:
        return not self.destinations or name in self.destinations


@dataclass(slots=True, kw_only=True)
class Replayed:
    """How many deliveries were found, by destination and event type; and what could not be."""

    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: int = 0
    # By destination: of those that nothing is replayed to, and what the filter of one does not take.
    skipped: Counter[str] = field(default_factory=Counter)
    filtered: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.found.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    event: Subject
    destination: str
    record: Record
    route: Route
    letter: DeadLetter | None = None


class Replay:
    """One run. `plans`: of events; `forwards`: of notifications, whose dead letters alone are
    replayed. `producer` None: a dry run, which counts and sends nothing. `after`: how long each
    waits before it goes out."""

    def __init__(
        self,
        kafka: KafkaSettings,
        selection: Selection,
        plans: Sequence[Plan],
        *,
        now: datetime,
        forwards: Sequence[Plan] = (),
        producer: Writing | None = None,
        after: timedelta = timedelta(),
    ) -> None:
        self._kafka = kafka
        self._selection = selection
        self._plans = {p.name: p for p in plans if selection.takes_destination(p.name)}
        self._known = {*self._plans, *(p.name for p in forwards)}
        self._now = now
        self._producer = producer
        self._after = after
        self._seen: set[bytes] = set()
        self.replayed = Replayed()

    async def events(self, progress: Progress) -> Replayed:
        """Every event asked for, to each of its destinations."""
        async with History(self._kafka, EVENTS, since=self._selection.since) as history:
            async for batch in read_on(history, progress):
                await self._send([one for record in batch for one in self._of_event(record)])
        return self.replayed

    async def dead_letters(self, progress: Progress) -> Replayed:
        """Every dead letter asked for that was not replayed since, to its own destination."""
        for topic in DEAD:
            async for letters in open_letters(self._kafka, topic, progress, self._selection.since):
                await self._send([one for letter in letters for one in self._of_letter(letter)])
        return self.replayed

    def _of_event(self, record: Record) -> list[_Chosen]:
        read = self._read(record, _event)
        event = None if read is None else read[0]
        if not isinstance(event, Event):
            return []
        return [
            _Chosen(event=event, destination=name, record=record, route=Route())
            for name, plan in self._plans.items()
            if plan.takes(event)
        ]

    def _of_letter(self, letter: DeadLetter) -> list[_Chosen]:
        name, record = letter.destination, letter.record
        if not (self._selection.takes_destination(name) and letter.is_for(self._selection.reasons)):
            return []
        read = self._read(record, _notification if record.topic == FORWARDS_DEAD else _event)
        if read is None:
            return []
        if name not in self._known:
            self.replayed.skipped[name] += 1
            return []
        event, route = read
        if isinstance(event, Event) and not self._plans[name].takes(event):
            self.replayed.filtered[name] += 1
            return []
        return [_Chosen(event=event, destination=name, record=record, route=route, letter=letter)]

    def _read(
        self, record: Record, reader: Callable[[Record], tuple[Subject, Route]]
    ) -> tuple[Subject, Route] | None:
        if not (self._selection.takes_time(record) and self._selection.may_hold(record)):
            return None
        try:
            event, route = reader(record)
        except MalformedError:  # counted and told at the end: it never was one
            self.replayed.unreadable += 1
            return None
        return (event, route) if self._selection.takes(event) else None

    async def _send(self, chosen: list[_Chosen]) -> None:
        """The replays first, acknowledged; then the notes that their letters were replayed."""
        fresh = [one for one in chosen if self._is_new(one)]
        for one in fresh:
            self.replayed.found[one.destination, one.event.type] += 1
        if self._producer is not None:
            await self._producer.send_all([self._out(one) for one in fresh])
            notes = [replayed_out(one.letter) for one in chosen if one.letter is not None]
            await self._producer.send_all(notes)

    def _is_new(self, one: _Chosen) -> bool:
        """An event stands twice in a topic where a process was killed, and is replayed once."""
        # Half of what the words take: they are kept for each of what may be millions.
        key = blake2b(f"{one.event.id}/{one.destination}".encode(), digest_size=16).digest()
        new = key not in self._seen
        self._seen.add(key)
        return new

    def _out(self, one: _Chosen) -> Out:
        out = replay_out(one.record, one.destination, self._now, one.route)
        if not self._after:
            return out
        return delayed(out, due_at=self._now + self._after, now=self._now)


def _event(record: Record) -> tuple[Subject, Route]:
    return decode(record.value, Event), Route()


def _notification(record: Record) -> tuple[Subject, Route]:
    return forwarded(read_raw(record))
