"""One event on its way to one destination, and how it is kept in Kafka between two attempts.

A retry is the event's own bytes with headers: whatever else a delivery needs to know stands there,
so that any worker can go on with it, after any crash.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct

from streams.contracts.codec import decode
from streams.contracts.errors import MalformedError
from streams.contracts.event import Event
from streams.contracts.ids import AppId, CustomerId, EventId, StoreName
from streams.contracts.step import Headers, Out, Record
from streams.contracts.topics import (
    DELIVERIES,
    DELIVERIES_DEAD,
    HEADER_ATTEMPT,
    HEADER_DETAIL,
    HEADER_REASON,
    HEADER_SOURCE,
)

HEADER_DESTINATION = "destination"
HEADER_FIRST_AT = "first_at"  # unix ms
HEADER_POSTPONED = "postponed"  # how often in a row it got no attempt
NOTIFICATION = "NOTIFICATION"  # the type of what is delivered and is no event
HEADER_REPLAY = "replay"  # there when an operator asked for it
_DETAIL_MAX = 500
_DIGITS_MAX = 15


class Subject(Protocol):
    """What is delivered, as lanes and log know it: an event, or a notification as it came in.

    `id`: by what a receiver knows a copy. `customer_id`: whose deliveries keep their order.
    `environment`: "" where it does not say.
    """

    @property
    def id(self) -> EventId: ...
    @property
    def type(self) -> str: ...
    @property
    def app_id(self) -> AppId: ...
    @property
    def store(self) -> StoreName: ...
    @property
    def environment(self) -> str: ...
    @property
    def customer_id(self) -> CustomerId: ...
    @property
    def received_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a delivery comes back to, and where it ends when it is given up.

    `kept`: headers of its record that go with it, beside those that a delivery has of its own.
    """

    retries: str = DELIVERIES
    dead: str = DELIVERIES_DEAD
    kept: Headers = ()


_OF_EVENTS = Route()


class OpenRecord:
    """A record that was read, and how many of its deliveries have not ended yet.

    An object of its own for each time that it is read: after a rebalance the same record may be
    under way twice, and the one must not count for the other.
    """

    __slots__ = ("left", "read_at", "record")

    def __init__(self, record: Record, *, read_at: float, left: int = 1) -> None:
        self.record = record
        self.read_at = read_at  # monotonic seconds
        self.left = left

    def one_ended(self) -> bool:
        """Whether that was the last."""
        self.left -= 1
        return self.left == 0


class Delivery(Struct, frozen=True, kw_only=True):
    """`event`: an Event, but for the role forward. `attempts`: made so far. `postponed`: how often
    in a row it was put off without one.

    `first_at`: when deliver first read the event. `replay`: an operator asked for it.
    """

    event: Subject
    destination: str
    first_at: datetime
    open: OpenRecord
    attempts: int = 0
    postponed: int = 0
    replay: bool = False
    route: Route = _OF_EVENTS

    @property
    def seed(self) -> str:
        """What the jitter of its waits is made of."""
        return f"{self.event.id}/{self.destination}"

    @property
    def read_at(self) -> float:
        return self.open.read_at


def read_delivery(opened: OpenRecord) -> Delivery:
    """One that comes back; MalformedError when `retry_out` did not write it."""
    return returned(opened, decode(opened.record.value, Event))


def returned(opened: OpenRecord, subject: Subject, route: Route = _OF_EVENTS) -> Delivery:
    """As `read_delivery`, of what its record was read as."""
    record = opened.record
    return Delivery(
        event=subject,
        destination=_header(record, HEADER_DESTINATION).decode("utf-8", "replace"),
        first_at=datetime.fromtimestamp(_number(record, HEADER_FIRST_AT) / 1000, UTC),
        open=opened,
        attempts=_number(record, HEADER_ATTEMPT),
        postponed=_number(record, HEADER_POSTPONED),
        replay=record.header(HEADER_REPLAY) is not None,
        route=route,
    )


def retry_out(delivery: Delivery, *, attempts: int, postponed: int) -> Out:
    """The record that comes back to us; the caller sends it through the delay topics."""
    headers = (
        (HEADER_DESTINATION, delivery.destination.encode()),
        (HEADER_ATTEMPT, str(attempts).encode()),
        (HEADER_FIRST_AT, str(round(delivery.first_at.timestamp() * 1000)).encode()),
        (HEADER_POSTPONED, str(postponed).encode()),
    )
    return Out(
        topic=delivery.route.retries,
        key=delivery.open.record.key,
        value=delivery.open.record.value,
        headers=(*delivery.route.kept, *headers, *_replay(delivery)),
    )


def replay_out(record: Record, destination: str, now: datetime, route: Route = _OF_EVENTS) -> Out:
    """What is in `record` to one destination, from its first attempt on; it says what it is."""
    headers = (
        *route.kept,
        (HEADER_DESTINATION, destination.encode()),
        (HEADER_ATTEMPT, b"0"),
        (HEADER_FIRST_AT, str(round(now.timestamp() * 1000)).encode()),
        (HEADER_POSTPONED, b"0"),
        (HEADER_REPLAY, b"1"),
    )
    return Out(topic=route.retries, key=record.key, value=record.value, headers=headers)


def dead_out(delivery: Delivery, *, attempts: int, reason: str, detail: str) -> Out:
    """The record that an operator can list and replay. What had no key has its id for one: what is
    written about a letter later then stands behind it."""
    record = delivery.open.record
    key = record.key or delivery.event.id.encode()
    headers = (
        *delivery.route.kept,
        (HEADER_DESTINATION, delivery.destination.encode()),
        (HEADER_ATTEMPT, str(attempts).encode()),
        (HEADER_FIRST_AT, str(round(delivery.first_at.timestamp() * 1000)).encode()),
        *_why(reason, detail, record.place),
    )
    return Out(topic=delivery.route.dead, key=key, value=record.value, headers=headers)


def unreadable_out(record: Record, reason: str, detail: str) -> Out:
    """A record that is no delivery at all: its bytes and headers untouched, and why."""
    headers = (*record.headers, *_why(reason, detail, record.place))
    return Out(topic=DELIVERIES_DEAD, key=record.key, value=record.value, headers=headers)


def _why(reason: str, detail: str, read_from: str) -> Headers:
    return (
        (HEADER_REASON, reason.encode()),
        (HEADER_DETAIL, detail[:_DETAIL_MAX].encode()),
        (HEADER_SOURCE, read_from.encode()),
    )


def _replay(delivery: Delivery) -> Headers:
    return ((HEADER_REPLAY, b"1"),) if delivery.replay else ()


def _header(record: Record, name: str) -> bytes:
    value = record.header(name)
    if value is None:
        raise MalformedError(f"a delivery without its header {name!r}")
    return value


def _number(record: Record, name: str) -> int:
    value = _header(record, name)
    if not (value.isdigit() and len(value) <= _DIGITS_MAX):
        raise MalformedError(f"a delivery whose header {name!r} is no number")
    return int(value)
