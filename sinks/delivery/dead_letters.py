"""The dead letters of deliveries: what could not be delivered, why, and what was replayed since.

A letter is never taken out of its topic. That it was replayed is written behind it, as a record of
its own which names the letter's place, so that a second replay does not send it again.
"""

from dataclasses import dataclass

from sinks.delivery.delivery import HEADER_DESTINATION, NOTIFICATION
from streams.contracts.codec import decode
from streams.contracts.errors import MalformedError
from streams.contracts.event import EventType
from streams.contracts.ids import EventId
from streams.contracts.raw import read_raw
from streams.contracts.step import Out, Record
from streams.contracts.topics import (
    FORWARDS_DEAD,
    HEADER_ATTEMPT,
    HEADER_DETAIL,
    HEADER_REASON,
    HEADER_SOURCE,
)

REPLAYED = "replayed"
NOBODY = "-"
_PAGE = 128  # offsets, whose bits are one number


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """`reason`: short and stable, `exhausted: http_503` when it was the last of many. `destination`
    is "-" when the record was no delivery at all: then `record.value` is whatever it was."""

    record: Record
    destination: str
    reason: str
    detail: str
    attempts: str

    @property
    def event(self) -> str:
        """Its id and type, of a forward its receipt; what is neither has none."""
        try:
            if self.record.topic == FORWARDS_DEAD:
                return f"{read_raw(self.record).receipt_id} {NOTIFICATION}"
            told = decode(self.record.value, _Told)
        except MalformedError:
            return NOBODY
        return f"{told.id} {told.type}"

    @property
    def place(self) -> str:
        return self.record.place

    def is_for(self, reasons: frozenset[str]) -> bool:
        """Whether it died of one of these, named wholly (`exhausted: http_503`) or in part."""
        return not reasons or self.reason in reasons or not reasons.isdisjoint(_parts(self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """Of an event what a list shows: read without the rest."""

    id: EventId
    type: EventType


def read_letter(record: Record) -> DeadLetter | None:
    """None: no letter, but the note that one was replayed."""
    reason = _text(record, HEADER_REASON)
    if reason == REPLAYED:
        return None
    return DeadLetter(
        record=record,
        destination=_text(record, HEADER_DESTINATION) or NOBODY,
        reason=reason,
        detail=_text(record, HEADER_DETAIL),
        attempts=_text(record, HEADER_ATTEMPT),
    )


def replayed_place(record: Record) -> str | None:
    """The place of the letter that this record says was replayed; None: it is a letter itself."""
    if _text(record, HEADER_REASON) != REPLAYED:
        return None
    return _text(record, HEADER_SOURCE)


class Replays:
    """Which letters of one topic were replayed: a bit each, for there may be many millions."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, int], int] = {}  # by partition and offset // _PAGE

    def note(self, record: Record) -> None:
        """A record of the topic; only a note that a letter was replayed counts."""
        _, partition, offset = f"::{replayed_place(record) or ''}".rsplit(":", 2)
        if offset.isdecimal():
            page, bit = divmod(int(offset), _PAGE)
            self._pages[partition, page] = self._pages.get((partition, page), 0) | 1 << bit

    def has(self, letter: DeadLetter) -> bool:
        page, bit = divmod(letter.record.offset, _PAGE)
        return bool(self._pages.get((str(letter.record.partition), page), 0) & 1 << bit)


def replayed_out(letter: DeadLetter) -> Out:
    """The note that `letter` was replayed; its key puts it into the letter's own partition."""
    headers = (
        (HEADER_DESTINATION, letter.destination.encode()),
        (HEADER_REASON, REPLAYED.encode()),
        (HEADER_SOURCE, letter.place.encode()),
    )
    return Out(topic=letter.record.topic, key=letter.record.key, value=b"", headers=headers)


def _parts(reason: str) -> list[str]:
    return reason.split(": ")


def _text(record: Record, name: str) -> str:
    return (record.header(name) or b"").decode("utf-8", "replace")
