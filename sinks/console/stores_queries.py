"""What the Stores page asks ClickHouse: three questions for all apps together."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sinks.charts.answer import Plain
from sinks.charts.reader import Reader
from sinks.console.day_chart import Counted, first_hour
from sinks.console.silence import WEEK, Usual
from sinks.console.words import moment_of
from streams.observe import clock

# Both name the columns of the key, so that a day is read and not the table.
_COUNTS = """\
SELECT app_id, store, kind, toStartOfHour(received_at) AS hour, sum(count) AS n
FROM outcomes FINAL
WHERE app_id IN {apps:Array(String)} AND store != '-' AND origin = 'notification'
  AND received_at >= {since:DateTime64(3, 'UTC')}
GROUP BY app_id, store, kind, hour
"""
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
# What was parked, without what came out again, tracked or dropped: its receipt is then told once more,
# as it is where an alias moved it to wait elsewhere.
_KEPT = """\
SELECT app_id, store, uniqExact(receipt_id) AS kept
FROM outcomes
WHERE app_id IN {apps:Array(String)} AND store != '-' AND kind = 'parked'
  AND cityHash64(receipt_id) NOT IN (
    SELECT cityHash64(receipt_id) FROM outcomes
    WHERE app_id IN {apps:Array(String)} AND store != '-'
      AND (origin = 'parked' AND tracked OR kind = 'parked_dropped'))
GROUP BY app_id, store
"""
_STILL_USUAL = 300.0  # seconds
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """By app and store; who is not in it has none. `kept`: until their purchase is tracked."""

    counts: Mapping[Key, Sequence[Counted]]
    kept: Mapping[Key, int]
    usual: Mapping[Key, Usual]


class StoreQuestions:
    """What is usual moves slowly and means a week of rows: it is asked for every few minutes."""

    def __init__(self, reader: Reader, apps: Sequence[str]) -> None:
        self._reader = reader
        self._apps = list(apps)
        self._usual: Mapping[Key, Usual] = {}
        self._usual_until = float("-inf")

    async def ask(self, now: datetime) -> Told:
        """QueryError or TransientError when ClickHouse does not answer."""
        asked = {"apps": self._apps, "since": first_hour(now)}
        counts, kept, usual = await asyncio.gather(
            self._reader.ask(_COUNTS, asked),
            self._reader.ask(_KEPT, {"apps": self._apps}),
            self._usual_gaps(now),
        )
        by_store: dict[Key, list[Counted]] = defaultdict(list)
        for row in counts.rows:
            by_store[_key(row)].append(_counted(row))
        waiting = {_key(row): int(str(row[2])) for row in kept.rows}
        return Told(counts=by_store, kept=waiting, usual=usual)

    async def _usual_gaps(self, now: datetime) -> Mapping[Key, Usual]:
        if clock.monotonic() > self._usual_until:
            since = now.replace(second=0, microsecond=0) - WEEK
            gaps = await self._reader.ask(_GAPS, {"apps": self._apps, "since": since})
            self._usual = {_key(row): _usual(row) for row in gaps.rows}
            self._usual_until = clock.monotonic() + _STILL_USUAL
        return self._usual


def _key(row: Sequence[Plain]) -> Key:
    return str(row[0]), str(row[1])


def _counted(row: Sequence[Plain]) -> Counted:
    hour = moment_of(str(row[3]))
    assert hour is not None
    return Counted(kind=str(row[2]), hour=hour, count=int(str(row[4])))


def _usual(row: Sequence[Plain]) -> Usual:
    return Usual(gaps=int(str(row[2])), gap=timedelta(seconds=int(str(row[3]))))
