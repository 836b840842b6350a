"""What becomes of a pointer whose store can't be asked: it is told once, and waits. Pure.

It comes back once a day for 60 days, so that it is still here when credentials are. The pointers
that topic `purchases.pointers` holds are the record of what waits: to release them is to write
the first copy of each again (release.py).
"""

from datetime import datetime, timedelta

from streams.contracts import topics
from streams.contracts.codec import encode
from streams.contracts.ids import NO_PURCHASE, purchase_key
from streams.contracts.outcome import Outcome, OutcomeKind, stamped
from streams.contracts.purchase import Pointer
from streams.contracts.step import Out, Record
from streams.contracts.words import Origin, Signal
from streams.kafka.delay_steps import delayed

WAITS = timedelta(days=60)
COMES_BACK = timedelta(hours=24)
TOLD = "told"  # header of a copy: its outcome was written
NO_CREDENTIALS = "no credentials of the store's API"


def unanswered(
    record: Record, pointer: Pointer, now: datetime, *, reason: str = NO_CREDENTIALS
) -> tuple[Out, ...]:
    """Its next round, and the first time its outcome; nothing when it waited for long enough."""
    if pointer.origin is Origin.REFRESH:
        return ()  # its purchase falls due again
    told = record.header(TOLD) is not None
    outcome = () if told else (_outcome(record, pointer, reason),)
    if now - pointer.received_at > WAITS:
        return outcome
    again = Out(topic=topics.POINTERS, key=record.key, value=record.value, headers=((TOLD, b"1"),))
    return (*outcome, delayed(again, due_at=now + COMES_BACK, now=now))


def released(record: Record, pointer: Pointer, now: datetime) -> tuple[Out, ...]:
    """The first copy of a pointer, to be asked now; later copies of it come back by themselves."""
    if record.header(TOLD) is not None or now - pointer.received_at > WAITS:
        return ()
    return (
        Out(topic=topics.POINTERS, key=record.key, value=record.value, headers=((TOLD, b"1"),)),
    )


def _outcome(record: Record, pointer: Pointer, reason: str) -> Out:
    """A message of the store that is genuine and kept, of which nothing is known yet."""
    environment = pointer.environments[0] if len(pointer.environments) == 1 else None
    key = (
        purchase_key(pointer.app_id, pointer.store, environment, pointer.purchase_id or NO_PURCHASE)
        if environment
        else ""
    )
    outcome = Outcome(
        kind=OutcomeKind.NEEDS_CREDENTIALS,
        app_id=pointer.app_id,
        store=pointer.store,
        environment=environment,
        received_at=pointer.received_at,
        receipt_id=pointer.receipt_id,
        origin=pointer.origin,
        notification_id=pointer.notification_id,
        notification_type=pointer.type,
        purchase_key=key,
        customer_id=pointer.hint.get("customer_id", ""),
        reason=reason,
        occurred_at=pointer.occurred_at,
        unknown=pointer.signal is Signal.UNKNOWN,
    )
    (told,) = stamped([outcome], record)
    return Out(
        topic=topics.OUTCOMES,
        key=f"{pointer.app_id}/{pointer.store}".encode(),
        value=encode(told),
    )
