"""Keeps tables `day_sums` and `first_marks`: what the largest part of `subscriptions` adds to each day, and when
each customer's id began there, so that charts look at few rows instead of millions.

A part never changes: a merge makes another one, and so does a deletion. Sums of a part stay true for as long
as it is there, and who reads them looks whether it is (view `live_sums`). Rows of other parts are
read as they are, and those of this part that a newer one replaces are taken off (view `unsummed`):
charts say the same with sums and without, in more time. What is summed, each view `changes_...` says,
for charts too. What is not due yet is summed with its time, as far as views look ahead (`counted_until`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from itertools import product

from clickhouse_connect.driver.client import Client

from sinks.charts.catalog import declared
from sinks.charts.engine import our_errors
from sinks.charts.migrations import VIEWS, scripts

FEW = 50_000  # rows that charts read in no time
_PREFIX = "changes_"
# Of an app or a store the sums are apart anyway.
_SPLITS = ("", "country", "product", "duration", "offer_type")
_AHEAD = timedelta(days=2)  # what `counted_until` adds
_AGAIN = timedelta(days=1)  # before the sums are no longer good
_KEPT = timedelta(hours=1)  # longer than any question that began with them
_LARGEST = """
SELECT _part, count() AS rows FROM subscriptions GROUP BY _part ORDER BY rows DESC, _part LIMIT 1
"""
_GOOD = """
SELECT count() FROM live_sums INNER JOIN summed_parts ON newest = fill
WHERE live_sums.part = {part:String} AND good_until > now('UTC') + {again:UInt32}
"""
_ENVIRONMENTS = "SELECT DISTINCT environment FROM subscriptions WHERE _part = {part:String}"
_SUM = """
INSERT INTO day_sums
SELECT {{fill:UInt64}}, {{family:String}}, {{segment:String}}, {{environment:String}}, app_id, store, dimension,
  what, day, counts_from, number, usd_micros, unpriced
FROM {view}({bound})
SETTINGS max_threads = 1
"""
_MARKS = ("seen", "paid", "kept")
_MARK = """
INSERT INTO first_marks
SELECT {fill:UInt64}, {environment:String}, {mark:String}, moment_of(earliest), id, sub_key_of(earliest)
FROM (
  SELECT customer_key AS id, min(mark_of({mark:String}, first_seen_at, first_paid_at, first_kept_at, sub_key)) AS earliest
  FROM unsummed(app = '', store = '', environment = {environment:String}, part = {part:String})
  WHERE last_paid_at > 0
  GROUP BY id
)
SETTINGS max_threads = 1
"""
_NOTE = """
INSERT INTO summed_parts
SELECT {fill:UInt64}, folder, _part, count(), {made_by:String}, now('UTC'), fromUnixTimestamp64Micro({fill:UInt64}) + {ahead:UInt32}
FROM subscriptions CROSS JOIN folder_of_subscriptions
WHERE _part = {part:String}
GROUP BY folder, _part
"""
_OTHERS = "SELECT fill FROM summed_parts WHERE made_by != {made_by:String}"
_FORGET = "DELETE FROM summed_parts WHERE fill = {fill:UInt64}"
_OLD = """
SELECT DISTINCT fill FROM (
  SELECT fill FROM summed_parts
  UNION ALL SELECT DISTINCT fill FROM day_sums
  UNION ALL SELECT DISTINCT fill FROM first_marks)
WHERE fill NOT IN (SELECT newest FROM live_sums)
  AND fill < toUnixTimestamp64Micro(now64(6)) - {kept:UInt64} * 1000000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    name: str
    rows: int


def sum_largest(client: Client) -> int:
    """Sum the largest part, unless that is done or not worth it; how many sums there are then. Blocking.

    Whoever is killed meanwhile leaves sums that nobody reads; two at once do it twice.
    """
    with our_errors("summing what charts show"):
        forget_others(client)
        _forget_old(client)
        part = _largest(client)
        if part is None or part.rows < FEW or _is_summed(client, part):
            return 0
        return _sum(client, part)


def forget_others(client: Client) -> None:
    """What views of another version said to sum is no longer read. To be called when they are applied."""
    with our_errors("forgetting sums of other views"):
        for (fill,) in client.query(_OTHERS, parameters={"made_by": _made_by()}).result_rows:
            client.command(_FORGET, parameters={"fill": fill})


@cache
def _made_by() -> str:
    """Of all views: which of them a sum hangs on is for nobody to remember."""
    return sha256("\0".join(script.text for script in scripts(VIEWS)).encode()).hexdigest()


def _largest(client: Client) -> _Part | None:
    found = client.query(_LARGEST).result_rows
    return _Part(name=found[0][0], rows=found[0][1]) if found else None


def _is_summed(client: Client, part: _Part) -> bool:
    asked = {"part": part.name, "again": round(_AGAIN.total_seconds())}
    return bool(client.query(_GOOD, parameters=asked).first_row[0])


def _sum(client: Client, part: _Part) -> int:
    """The note comes last, if the part is still there: without it nobody reads the sums."""
    fill = int(client.query("SELECT toUnixTimestamp64Micro(now64(6))").first_row[0])
    for statement, asked in _steps(client, part):
        client.command(statement, parameters={**asked, "fill": fill})
        if part != _largest(client):
            return 0
    noted = {
        "fill": fill,
        "part": part.name,
        "made_by": _made_by(),
        "ahead": round(_AHEAD.total_seconds()),
    }
    client.command(_NOTE, parameters=noted)
    sums = client.query(
        "SELECT count() FROM day_sums WHERE fill = {fill:UInt64}", parameters={"fill": fill}
    )
    return int(sums.first_row[0])


def _steps(client: Client, part: _Part) -> Iterator[tuple[str, dict[str, str]]]:
    """Each environment's marks, and each family of its changes by each dimension."""
    for (environment,) in client.query(_ENVIRONMENTS, parameters={"part": part.name}).result_rows:
        asked = {"app": "", "store": "", "environment": environment, "part": part.name}
        for mark in _MARKS:
            yield _MARK, {**asked, "mark": mark}
        asked |= {"from": "1970-01-01", "resolution": "day"}
        for (family, statement), split in product(_families(), _SPLITS):
            yield statement, {**asked, "segment": split, "family": family}


def _families() -> Iterator[tuple[str, str]]:
    """Each with the statement that sums it."""
    for script in scripts(VIEWS):
        if script.name.startswith(_PREFIX):
            view, types = script.name.removesuffix(".sql"), declared(script)
            bound = ", ".join(f"{name} = {{{name}:{kind}}}" for name, kind in types.items())
            yield view.removeprefix(_PREFIX), _SUM.format(view=view, bound=bound)


def _forget_old(client: Client) -> None:
    """Sums that nobody reads: of parts that are gone, by somebody who was killed."""
    asked = {"kept": round(_KEPT.total_seconds())}
    for (fill,) in client.query(_OLD, parameters=asked).result_rows:
        client.command(_FORGET, parameters={"fill": fill})
        for table in ("day_sums", "first_marks"):
            client.command(f"ALTER TABLE {table} DROP PARTITION {fill}")
