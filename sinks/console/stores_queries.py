"""What the Stores page asks ClickHouse: three questions for all apps together."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sinks.charts.answer import Plain
from sinks.charts.reader import Reader
from sinks.console.day_chart import Counted, first_hour
from sinks.console.silence import Usual
from sinks.console.usual_gaps import Key, UsualGaps, key_of
from sinks.console.words import moment_of

# Both name the columns of the key, so that a day is read and not the table.
_COUNTS = """\
SELECT app_id, store, kind, toStartOfHour(received_at) AS hour, sum(count) AS n
FROM outcomes FINAL
WHERE app_id IN {apps:Array(String)} AND store != '-' AND origin = 'notification'
  AND received_at >= {since:DateTime64(3, 'UTC')}
GROUP BY app_id, store, kind, hour
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """By app and store; who is not in it has none. `kept`: until their purchase is tracked."""

    counts: Mapping[Key, Sequence[Counted]]
    kept: Mapping[Key, int]
    usual: Mapping[Key, Usual]


class StoreQuestions:
    def __init__(self, reader: Reader, apps: Sequence[str]) -> None:
        self._reader = reader
        self._apps = list(apps)
        self._gaps = UsualGaps(reader, apps)

    async def ask(self, now: datetime) -> Told:
        """QueryError or TransientError when ClickHouse does not answer."""
        asked = {"apps": self._apps, "since": first_hour(now)}
        counts, kept, usual = await asyncio.gather(
            self._reader.ask(_COUNTS, asked),
            self._reader.ask(_KEPT, {"apps": self._apps}),
            self._gaps.ask(now),
        )
        by_store: dict[Key, list[Counted]] = defaultdict(list)
        for row in counts.rows:
            by_store[key_of(row)].append(_counted(row))
        waiting = {key_of(row): int(str(row[2])) for row in kept.rows}
        return Told(counts=by_store, kept=waiting, usual=usual)


def _counted(row: Sequence[Plain]) -> Counted:
    hour = moment_of(str(row[3]))
    assert hour is not None
    return Counted(kind=str(row[2]), hour=hour, count=int(str(row[4])))
