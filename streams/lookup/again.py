"""A pointer that comes back: after a failure, when its turn has come, or because the answer was stale. Pure.

Through the delay topics: nothing here sleeps, and nothing that the store may yet answer is given up
before the time for which pointers wait. Then it is rejected.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from streams.contracts.errors import RejectedError, ThrottledError, TransientError
from streams.contracts.purchase import Pointer
from streams.contracts.step import Headers, Out, Record
from streams.contracts.topics import HEADER_ATTEMPT
from streams.contracts.words import Origin
from streams.kafka.delay_steps import AGAIN_AFTER, delayed
from streams.lookup.pointers import WAITS

STALE = "stale"  # header: how often the answer was older than the message
ANSWERED = "answered"  # header: an answer to it was told as the message's own
STALE_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
"""Since the message came: so the second comes 4 minutes after the first."""
_LATER = timedelta(hours=1)


def postponed(
    record: Record, pointer: Pointer, error: TransientError, now: datetime
) -> tuple[Out, ...]:
    """For later; raise RejectedError when it has waited for too long. A turn to wait for is no failure."""
    attempt = _count(record, HEADER_ATTEMPT)
    if pointer.origin is Origin.REFRESH and attempt >= len(AGAIN_AFTER):
        return ()  # its purchase falls due again
    if now - pointer.received_at > WAITS:
        raise RejectedError(str(error), reason="unanswered") from error
    usual = AGAIN_AFTER[attempt] if attempt < len(AGAIN_AFTER) else _LATER
    wait = error.retry_after or usual
    failed = attempt if isinstance(error, ThrottledError) else attempt + 1
    return (_back(record, HEADER_ATTEMPT, failed, now + wait, now),)


def asked_again(record: Record, now: datetime, *, answered: bool) -> tuple[Out, ...]:
    """The same question later, three times at most."""
    times = was_stale(record)
    if times >= len(STALE_AFTER):
        return ()
    before = STALE_AFTER[times - 1] if times else timedelta()
    due_at = now + STALE_AFTER[times] - before
    told = _marked(record) if answered else record
    return (_back(told, STALE, times + 1, due_at, now),)


def is_fresh(pointer: Pointer, now: datetime) -> bool:
    """Whether the store's API may not know of it yet."""
    return now - pointer.occurred_at <= STALE_AFTER[-1]


def was_answered(record: Record) -> bool:
    return record.header(ANSWERED) is not None


def _marked(record: Record) -> Record:
    return (
        record
        if was_answered(record)
        else replace(record, headers=(*record.headers, (ANSWERED, b"1")))
    )


def was_stale(record: Record) -> int:
    """How often this pointer's answer was older than its message."""
    return _count(record, STALE)


def _back(record: Record, header: str, value: int, due_at: datetime, now: datetime) -> Out:
    kept: Headers = tuple(one for one in record.headers if one[0] != header)
    again = Out(
        topic=record.topic,
        key=record.key,
        value=record.value,
        headers=(*kept, (header, str(value).encode())),
    )
    return delayed(again, due_at=due_at, now=now)


def _count(record: Record, header: str) -> int:
    return int(record.header(header) or b"0")
