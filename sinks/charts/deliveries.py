"""The delivery log as the API shows it: attempts one by one, and each destination in numbers."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sinks.charts.parameters import ParameterError

MOST_ATTEMPTS = 1_000
_ATTEMPTS_DEFAULT = 100
MOST_HOURS = 24 * 90
_HOURS_DEFAULT = 24
_FILTERS = ("destination", "event_id", "app", "result")

ATTEMPTS = """
SELECT * EXCEPT (written_at)
FROM attempts FINAL
WHERE ({destination:String} = '' OR destination = {destination:String})
  AND ({event_id:String} = '' OR event_id = {event_id:String})
  AND ({app:String} = '' OR app_id = {app:String})
  AND ({result:String} = '' OR result = {result:String})
ORDER BY started_at DESC, event_id, attempt DESC
LIMIT {limit:UInt32}
"""

# after: from our receiving the notification to the receiver's answer.
SUMMARY = """
SELECT
  destination,
  any(destination_type) AS type,
  uniqExact(event_id) AS events,
  countIf(attempt > 0) AS attempts,
  uniqExactIf(event_id, result = 'delivered') AS delivered,
  countIf(result = 'retry') AS retries,
  countIf(result = 'dead') AS dead,
  countIf(result = 'shadow') AS shadow,
  maxIf(started_at, result = 'delivered') AS last_delivered_at,
  round(quantileExactIf(0.5)(total_ms, attempt > 0), 1) AS attempt_ms_p50,
  round(quantileExactIf(0.99)(total_ms, attempt > 0), 1) AS attempt_ms_p99,
  round(quantileExactIf(0.5)(after, result = 'delivered'), 1) AS delivered_after_ms_p50,
  round(quantileExactIf(0.99)(after, result = 'delivered'), 1) AS delivered_after_ms_p99
FROM (
  SELECT *,
    total_ms + toUnixTimestamp64Milli(started_at) - toUnixTimestamp64Milli(event_received_at) AS after
  FROM attempts FINAL
  WHERE started_at >= {since:DateTime64(3, 'UTC')}
)
GROUP BY destination
ORDER BY destination
"""


def attempts_asked(asked: Mapping[str, str]) -> dict[str, object]:
    """The parameters of ATTEMPTS."""
    _known(asked, (*_FILTERS, "limit"))
    filters: dict[str, object] = {name: asked.get(name, "") for name in _FILTERS}
    return {**filters, "limit": _number(asked, "limit", _ATTEMPTS_DEFAULT, MOST_ATTEMPTS)}


def summary_asked(asked: Mapping[str, str], now: datetime) -> dict[str, object]:
    """The parameters of SUMMARY."""
    _known(asked, ("hours",))
    hours = _number(asked, "hours", _HOURS_DEFAULT, MOST_HOURS)
    since = (now - timedelta(hours=hours)).replace(second=0, microsecond=0)
    return {"since": since}


def _known(asked: Mapping[str, str], names: tuple[str, ...]) -> None:
    unknown = sorted(asked.keys() - set(names))
    if unknown:
        raise ParameterError(f"{unknown[0]}: no such parameter, there are {', '.join(names)}")


def _number(asked: Mapping[str, str], name: str, default: int, most: int) -> int:
    value = asked.get(name, str(default))
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= most):
        raise ParameterError(f"{name} is {value[:20]!r}: use a whole number from 1 to {most}")
    return int(value)
