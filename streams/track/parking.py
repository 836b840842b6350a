"""What is genuine and about nobody's purchase waits here until it is tracked: bounded, counted."""

from datetime import datetime, timedelta

from msgspec import Raw
from msgspec.structs import replace

from streams.contracts.codec import decode, encode
from streams.contracts.purchase import KINDS, Notification, Observation
from streams.track.changes import Spoken, order_of_record
from streams.track.state import Parked, PurchaseState

MOST_RECORDS = 50
MOST_BYTES = 256 * 1024
KEPT = timedelta(days=400)


def park(state: PurchaseState, record: Spoken) -> tuple[PurchaseState, tuple[Spoken, ...]]:
    """The state with the record kept, and what fell out for it: too old, too many or too large."""
    kind = "notification" if isinstance(record, Notification) else "observation"
    entry = Parked(order_of_record(record), kind, record.received_at, Raw(encode(record)))
    entries = sorted((*state.parked, entry), key=lambda parked: parked.by)
    kept = _kept(entries, record.received_at)
    dropped = tuple(unpark(parked) for parked in entries if parked not in kept)
    count = state.parked_dropped + len(dropped)
    return replace(state, parked=tuple(kept), parked_dropped=count), dropped


def _kept(entries: list[Parked], now: datetime) -> list[Parked]:
    """The newest that fit, in order."""
    kept: list[Parked] = []
    size = 0
    for parked in reversed(entries):
        size += len(parked.record)
        if len(kept) == MOST_RECORDS or size > MOST_BYTES or now - parked.received_at > KEPT:
            break
        kept.append(parked)
    return kept[::-1]


def is_parked(state: PurchaseState, record: Spoken) -> bool:
    """Whether this very message waits already: a redelivery."""
    return order_of_record(record) in {parked.by for parked in state.parked}


def unpark(parked: Parked) -> Spoken:
    record = decode(bytes(parked.record), KINDS[parked.kind])
    assert isinstance(record, Notification | Observation)
    return record
