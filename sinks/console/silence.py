"""When a store's silence is unusual. The rule stands here and nowhere else. Pure.

A store is as often silent as its customers are asleep, so the week says what is usual: of all gaps
between two messages that moved the label, the length in or below which 95 % of the week's time lay.
Counted by time, not by gaps: a busy day's thousand short gaps do not make every night an alarm. A
silence half as long again is told; an hour never is. Too few messages to know: after a week.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sinks.console.words import span

WEEK = timedelta(days=7)
LEAST = timedelta(hours=1)
FEW = 5  # gaps that say something
_FACTOR = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """Of the last week: how many gaps, to the minute, and the length that few are beyond."""

    gaps: int
    gap: timedelta


def patience(usual: Usual | None) -> timedelta:
    """How long a store may be silent."""
    if usual is None or usual.gaps < FEW:
        return WEEK
    return max(LEAST, usual.gap * _FACTOR)


def alarm(last_received_at: datetime | None, now: datetime, usual: Usual | None) -> str:
    """What to say of the silence; empty while it is none, or while nothing ever came."""
    if last_received_at is None or now - last_received_at <= patience(usual):
        return ""
    silent = f"Silent for {_text(now - last_received_at)}"
    if usual is None or usual.gaps < FEW:
        return f"{silent}: if something should have come, check the connection."
    longest = _text(max(usual.gap, timedelta(minutes=1)))
    return f"{silent}: in its last week it was seldom silent for more than {longest}."


def _text(time: timedelta) -> str:
    return span(time.total_seconds())
