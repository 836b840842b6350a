"""How long each store is usually silent, by its last week: asked for the page and for the metric alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sinks.charts.answer import Plain
from sinks.charts.reader import Reader
from sinks.console.silence import WEEK, Usual
from streams.observe import clock

# The outcomes that move the label (streams.receipts), to the minute: a gap that matters is longer.
_GAPS = """\
SELECT app_id, store, count() AS gaps, quantileExactWeighted(0.95)(gap, gap) AS usual_s
FROM (
  SELECT app_id, store, toUInt32(arrayJoin(arrayPopFront(arrayDifference(arraySort(
    groupUniqArray(toUnixTimestamp(toStartOfMinute(received_at)))))))) AS gap
  FROM outcomes
  WHERE app_id IN {apps:Array(String)} AND store != '-' AND origin = 'notification'
    AND received_at >= {since:DateTime64(3, 'UTC')}
    AND (tracked AND kind IN ('matched', 'duplicate', 'stale', 'parked')
      OR connection_check AND kind = 'test')
  GROUP BY app_id, store
)
GROUP BY app_id, store
"""
_STILL_USUAL = 300.0  # seconds
Key = tuple[str, str]
"""App and store."""


class UsualGaps:
    """What is usual moves slowly and means a week of rows: it is asked for every few minutes."""

    def __init__(self, reader: Reader, apps: Sequence[str]) -> None:
        self._reader = reader
        self._apps = list(apps)
        self._known: Mapping[Key, Usual] = {}
        self._known_until = float("-inf")

    async def ask(self, now: datetime) -> Mapping[Key, Usual]:
        """QueryError or TransientError when ClickHouse does not answer."""
        if clock.monotonic() > self._known_until:
            since = now.replace(second=0, microsecond=0) - WEEK
            gaps = await self._reader.ask(_GAPS, {"apps": self._apps, "since": since})
            self._known = {key_of(row): _usual(row) for row in gaps.rows}
            self._known_until = clock.monotonic() + _STILL_USUAL
        return self._known


def key_of(row: Sequence[Plain]) -> Key:
    return str(row[0]), str(row[1])


def _usual(row: Sequence[Plain]) -> Usual:
    return Usual(gaps=int(str(row[2])), gap=timedelta(seconds=int(str(row[3]))))
