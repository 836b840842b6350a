"""Destinations that took nothing of late, or whose deliveries were given up: for who looks at what is wrong."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sinks.charts.answer import Plain
from sinks.charts.attention import Attention

# A copy of a row after a crash is the same attempt. What was given up since somebody paused a destination is what they wanted.
TRIED = """\
SELECT
  destination,
  uniqExactIf(
    (event_id, attempt), attempt > 0 AND result != 'delivered' AND started_at > delivered_at) AS failed,
  uniqExactIf(event_id, result = 'dead' AND reason != 'paused') AS dead,
  argMaxIf(reason, started_at, result != 'delivered' AND reason != 'paused') AS why
FROM attempts
LEFT JOIN (
  SELECT destination, maxIf(started_at, result = 'delivered') AS delivered_at
  FROM attempts WHERE started_at >= {since:DateTime64(3, 'UTC')} GROUP BY destination
) AS last USING destination
WHERE started_at >= {since:DateTime64(3, 'UTC')} AND result != 'shadow'
GROUP BY destination
ORDER BY destination
"""
_LATELY = timedelta(hours=1)
_ENOUGH = 10  # in a row: then a breaker opens
_DO = (
    "python -m sinks destinations says how it stands, test-event {0} tries it now;"
    " deploy/runbook.md, A destination fails."
)


def tried_asked(now: datetime) -> dict[str, object]:
    """The parameters of TRIED. To the minute, so that an answer serves others too."""
    return {"since": (now - _LATELY).replace(second=0, microsecond=0)}


def failing(tried: Iterable[Sequence[Plain]]) -> tuple[Attention, ...]:
    """`tried`: the rows of TRIED. A sentence for each destination that needs a look."""
    told = ((str(name), _what(str(name), *counts)) for name, *counts in tried)
    return tuple(Attention(what=what, do=_DO.format(name)) for name, what in told if what)


def _what(name: str, failed: Plain, dead: Plain, why: Plain) -> str:
    if dead:
        return f"{name}: {dead} deliveries were given up in the last hour, the last: {why}."
    if int(str(failed)) >= _ENOUGH:
        return f"{name} takes nothing: the last {failed} attempts failed, the last of all: {why}."
    return ""
