"""The steps of a delay, pure: where a record waits, when it moves on, where it goes then.

A record enters the longest step that is not longer than what remains, or hardly, waits that step and
goes down to the next, so any delay, of a year too, needs no more topics. It never arrives before it is
due.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from streams.contracts.errors import MalformedError
from streams.contracts.step import Headers, Out, Record
from streams.contracts.topics import DELAYS, HEADER_DUE_AT, HEADER_TARGET

AGAIN_AFTER = tuple(timedelta(seconds=seconds) for seconds in (5, 5, 60, *(600,) * 6))
"""How long what failed in verify or lookup waits each time; it is an hour and a minute in all."""
Steps = Mapping[str, timedelta]
_MS = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A record that has waited a step comes out a little late, so that of 20 minutes there are not quite 10
# left: these are waited in the step of 10 minutes all the same, not nine of one and eleven of 5 s.
# Whoever is behind others in that step may then be as much later than due: seconds, not minutes of a day.
_NEARLY, _NEARLY_MOST = 0.01, timedelta(seconds=5)
_OURS = {HEADER_DUE_AT, HEADER_TARGET}


def delayed(out: Out, *, due_at: datetime, now: datetime, steps: Steps = DELAYS) -> Out:
    """`out`, to be written now and to arrive at its topic when due: key, value, headers kept."""
    due = -((_EPOCH - due_at) // _MS)  # rounded up: not due a moment before
    return _wrapped(out, due, unix_ms(now), steps)


def fires_at(record: Record, now: datetime, steps: Steps = DELAYS) -> int:
    """Unix ms at which a record of a delay topic moves on; MalformedError when it can't be read.

    One that was written by a clock ahead of ours waits its step from now on: until that clock's time
    it would stand before all that comes behind it.
    """
    entered = min(record.timestamp_ms, unix_ms(now))
    return min(due_ms(record), entered + steps[record.topic] // _MS)


def released(record: Record, *, now: datetime, steps: Steps = DELAYS) -> Out:
    """What to write when it fires: the record itself when due, else it goes down a step."""
    due = due_ms(record)
    plain = Out(
        topic=target(record),
        key=record.key,
        value=record.value,
        headers=_without_ours(record.headers),
    )
    return plain if due <= unix_ms(now) else _wrapped(plain, due, unix_ms(now), steps)


def due_ms(record: Record) -> int:
    """When it is due, in unix ms."""
    text = _header(record, HEADER_DUE_AT)
    if not (text.isascii() and text.isdigit()):
        raise MalformedError(f"header {HEADER_DUE_AT} of a delayed record is {text!r}")
    return int(text)


def target(record: Record) -> str:
    """The topic that it goes to when due."""
    return _header(record, HEADER_TARGET)


def unix_ms(at: datetime) -> int:
    """Whole milliseconds since 1970, rounded down."""
    return (at - _EPOCH) // _MS


def _wrapped(out: Out, due: int, now: int, steps: Steps) -> Out:
    by_length = sorted(steps, key=lambda name: steps[name])
    fitting = [name for name in by_length if _fits_from(steps[name]) <= due - now]
    return Out(
        topic=fitting[-1] if fitting else by_length[0],
        key=out.key,
        value=out.value,
        headers=(
            *out.headers,
            (HEADER_TARGET, out.topic.encode()),
            (HEADER_DUE_AT, str(due).encode()),
        ),
    )


def _fits_from(step: timedelta) -> int:
    """Of how many ms that remain."""
    return (step - min(step * _NEARLY, _NEARLY_MOST)) // _MS


def _header(record: Record, name: str) -> str:
    value = record.header(name)
    if value is None:
        raise MalformedError(f"a delayed record without header {name}")
    return value.decode("utf-8", errors="replace")


def _without_ours(headers: Headers) -> Headers:
    return tuple(header for header in headers if header[0] not in _OURS)
