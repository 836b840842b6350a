"""How each destination does, by the delivery log: what waits, when it last took something, why not.

What waits after a failed attempt is in the log with the time at which it comes back. What was put
off without one is not: the processes that deliver count that themselves.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sinks.charts.answer import Answer, Plain

_LOOKED_AT = timedelta(days=8)  # longer than any wait between two attempts
_KEPT = timedelta(days=90)  # as the dead letters are

# A row of result `retry` whose time is still to come is a delivery that waits: a copy of it after a
# crash is another row of the same event.
HEALTH = """
SELECT
  destination,
  any(destination_type) AS type,
  uniqExactIf(event_id, result = 'retry' AND next_at > now64(3)) AS retries_waiting,
  minOrNullIf(next_at, result = 'retry' AND next_at > now64(3)) AS next_retry_at,
  maxOrNullIf(started_at, result = 'delivered') AS last_delivered_at,
  maxOrNullIf(started_at, failed) AS last_failed_at,
  argMaxIf(reason, started_at, failed) AS last_failure,
  argMaxIf(detail, started_at, failed) AS last_failure_detail,
  countIf(made AND started_at >= {hour_ago:DateTime64(3, 'UTC')}) AS attempts_1h,
  countIf(result = 'delivered' AND started_at >= {hour_ago:DateTime64(3, 'UTC')}) AS delivered_1h,
  countIf(made AND today) AS attempts_24h,
  countIf(result = 'delivered' AND today) AS delivered_24h,
  round(quantileExactIf(0.5)(total_ms, made AND today), 1) AS attempt_ms_p50,
  round(quantileExactIf(0.99)(total_ms, made AND today), 1) AS attempt_ms_p99
FROM (
  SELECT *,
    attempt > 0 AND result != 'shadow' AS made,
    made AND result != 'delivered' AS failed,
    started_at >= {day_ago:DateTime64(3, 'UTC')} AS today
  FROM attempts FINAL
  WHERE started_at >= {since:DateTime64(3, 'UTC')}
    AND ({destination:String} = '' OR destination = {destination:String})
)
GROUP BY destination
ORDER BY destination
"""

# An event whose last word is `dead`: one that was replayed has another by then.
DEAD = """
SELECT destination, reason, count() AS events, max(died_at) AS newest
FROM (
  SELECT
    destination,
    argMax(result, (started_at, attempt)) AS last,
    argMax(attempts.reason, (started_at, attempt)) AS reason,
    max(started_at) AS died_at
  FROM attempts
  WHERE started_at >= {since:DateTime64(3, 'UTC')}
    AND (destination, event_id) IN (
      SELECT destination, event_id FROM attempts
      WHERE result = 'dead' AND started_at >= {since:DateTime64(3, 'UTC')}
        AND ({destination:String} = '' OR destination = {destination:String}))
  GROUP BY destination, event_id
)
WHERE last = 'dead'
GROUP BY destination, reason
ORDER BY destination, events DESC, reason
"""


def health_asked(now: datetime, destination: str = "") -> dict[str, object]:
    """The parameters of HEALTH; "": of all. To the minute, so that an answer serves others too."""
    return {
        "since": _minute(now - _LOOKED_AT),
        "day_ago": _minute(now - timedelta(days=1)),
        "hour_ago": _minute(now - timedelta(hours=1)),
        "destination": destination,
    }


def dead_asked(now: datetime, destination: str = "") -> dict[str, object]:
    """The parameters of DEAD."""
    return {"since": _minute(now - _KEPT), "destination": destination}


def healths(health: Answer, dead: Answer) -> list[dict[str, Any]]:
    """A row of HEALTH each, with `dead`: the events that are, by reason. Rates are of attempts."""
    died: dict[Plain, dict[Plain, Plain]] = defaultdict(dict)
    for row in dead.records():
        died[row["destination"]][row["reason"]] = row["events"]
    rows: list[dict[str, Any]] = [_rated(row) for row in health.records()]
    known = {row["destination"] for row in rows}
    rows += [{"destination": name} for name in died if name not in known]
    return [{**row, "dead": died.get(row["destination"], {})} for row in rows]


def _rated(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "success_1h": _rate(row["delivered_1h"], row["attempts_1h"]),
        "success_24h": _rate(row["delivered_24h"], row["attempts_24h"]),
    }


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _rate(delivered: int, attempts: int) -> float | None:
    """None: nothing was tried, which is no success and no failure."""
    return round(delivered / attempts, 4) if attempts else None
