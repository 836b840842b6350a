"""What verify could not judge yet comes back through the delay topics; nobody sleeps on it.

A signature is judged as of its receipt, so waiting changes nothing but what is known: a published
key that has arrived, an app that a rolling change has brought. What never comes is rejected.
"""

from datetime import datetime

from streams.contracts import topics
from streams.contracts.codec import encode
from streams.contracts.errors import KeyMissingError, RejectedError, TransientError
from streams.contracts.purchase import KeyWanted
from streams.contracts.step import Out, Record
from streams.kafka.delay_steps import AGAIN_AFTER, delayed


def again(record: Record, error: TransientError, now: datetime) -> tuple[Out, ...]:
    """The record, for later; with it the wish for the key that was missing. Raise RejectedError when
    it came back for the last time."""
    attempt = int(record.header(topics.HEADER_ATTEMPT) or b"0")
    if attempt >= len(AGAIN_AFTER):
        raise _given_up(error) from error
    wait = error.retry_after or AGAIN_AFTER[attempt]
    kept = tuple(header for header in record.headers if header[0] != topics.HEADER_ATTEMPT)
    back = Out(
        topic=record.topic,
        key=record.key,
        value=record.value,
        headers=(*kept, (topics.HEADER_ATTEMPT, str(attempt + 1).encode())),
    )
    return (delayed(back, due_at=now + wait, now=now), *_wish(error))


def _given_up(error: TransientError) -> RejectedError:
    if isinstance(error, KeyMissingError):
        return RejectedError(str(error), reason="key_missing")
    return RejectedError(str(error), reason="unknown_app")


def _wish(error: TransientError) -> tuple[Out, ...]:
    if not isinstance(error, KeyMissingError):
        return ()
    wanted = KeyWanted(issuer=error.issuer, key_id=error.key_id)
    return (Out(topic=topics.KEYS_WANTED, key=None, value=encode(wanted)),)
