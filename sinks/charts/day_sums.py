"""Keeps table `day_sums`: what the largest part of `subscriptions` adds to each day; and, with it, what
`customer_sums` says of its customers: so that charts look at few rows instead of millions.

A part never changes: a merge makes another one, and so does a deletion. Sums of a part stay true for as long
as it is there, and who reads them looks whether it is (view `live_sums`). Rows of other parts are
read as they are, and those of this part that a newer one replaces are taken off (view `unsummed`):
charts say the same with sums and without, in more time. What is summed, each view `changes_...` says,
for charts too. What is not due yet is summed with its time, as far as views look ahead (`counted_until`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from clickhouse_connect.driver.client import Client

from sinks.charts.catalog import declared
from sinks.charts.customer_sums import TABLES as CUSTOMER_TABLES
from sinks.charts.customer_sums import customer_steps
from sinks.charts.engine import our_errors
from sinks.charts.migrations import VIEWS, scripts, views_sha256

FEW = 50_000  # rows that charts read in no time
_PREFIX = "changes_"
# Of an app or a store the sums are apart anyway.
_SPLITS = ("", "country", "product", "duration", "offer_type")
_SINCE_EVER = {"from": "1970-01-01", "resolution": "day"}
_AHEAD = timedelta(days=2)  # what `counted_until` adds
_AGAIN = timedelta(days=1)  # before the sums are no longer good
_LONGEST = timedelta(minutes=30)  # that summing may take
_KEPT = timedelta(hours=1)  # after nobody reads them: longer than any question that began before
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
_APPLIED = "SELECT sha256 FROM schema_migrations FINAL WHERE name = 'views'"
_NOTE = f"""
INSERT INTO summed_parts
SELECT {{fill:UInt64}}, folder, _part, count(), {{made_by:String}}, now('UTC'), began + {{ahead:UInt32}}
FROM subscriptions CROSS JOIN (
  SELECT folder, fromUnixTimestamp64Micro({{fill:UInt64}}) AS began FROM folder_of_subscriptions) AS place
WHERE _part = {{part:String}}
  AND now64(6) BETWEEN began AND began + {{longest:UInt32}}
  AND {{made_by:String}} = ({_APPLIED})
GROUP BY folder, _part, began
"""  # noqa: S608 - texts of ours
# What nobody reads and nobody will: a younger one may be somebody's who is still summing.
_TABLES = ("day_sums", *CUSTOMER_TABLES)
_FILLS = " UNION ALL ".join(
    f"SELECT DISTINCT fill FROM {table}"  # noqa: S608 - names of ours
    for table in (*_TABLES, "summed_parts")
)
_IDLE = f"""
SELECT DISTINCT fill FROM ({_FILLS})
WHERE fill NOT IN (SELECT newest FROM live_sums)
  AND fill < toUnixTimestamp64Micro(now64(6)) - {{longest:UInt64}} * 1000000
"""  # noqa: S608 - names of ours
# It gets a second note, of no part; an hour later it goes.
_NOTE_IDLE = f"""
INSERT INTO summed_parts (fill, made_at, good_until)
SELECT fill, now('UTC'), now('UTC') + {{kept:UInt32}} FROM ({_IDLE})
WHERE fill NOT IN (SELECT fill FROM summed_parts WHERE part = '')
"""  # noqa: S608 - texts of ours
_OLD = f"""
SELECT fill FROM summed_parts WHERE part = '' AND good_until <= now('UTC') AND fill IN ({_IDLE})
"""  # noqa: S608 - texts of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    name: str
    rows: int


def sum_largest(client: Client) -> int:
    """Sum the largest part, unless that is done or not worth it; how many sums there are then. Blocking.

    Whoever is killed meanwhile leaves sums that nobody reads; two at once do it twice. Beside a process of
    another version, whose views were applied last, it does nothing.
    """
    with our_errors("summing what charts show"):
        if not client.query(
            f"{_APPLIED} AND sha256 = {{ours:String}}", parameters={"ours": views_sha256()}
        ).result_rows:
            return 0
        _forget_idle(client)
        part = _largest(client)
        if part is None or part.rows < FEW or _is_summed(client, part):
            return 0
        return _sum(client, part)


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
        "made_by": views_sha256(),
        "ahead": round(_AHEAD.total_seconds()),
        "longest": round(_LONGEST.total_seconds()),
    }
    client.command(_NOTE, parameters=noted)
    sums = client.query(
        "SELECT count() FROM day_sums WHERE fill = {fill:UInt64}", parameters={"fill": fill}
    )
    return int(sums.first_row[0])


def _steps(client: Client, part: _Part) -> Iterator[tuple[str, dict[str, str]]]:
    """Each environment's customers, and each family of its changes by each dimension."""
    for (environment,) in client.query(_ENVIRONMENTS, parameters={"part": part.name}).result_rows:
        asked = {"environment": environment, "part": part.name, **_SINCE_EVER}
        yield from customer_steps(client, asked)
        asked |= {"app": "", "store": ""}
        for (family, statement), split in product(_families(), _SPLITS):
            yield statement, {**asked, "segment": split, "family": family}


def _families() -> Iterator[tuple[str, str]]:
    """Each with the statement that sums it."""
    for script in scripts(VIEWS):
        if script.name.startswith(_PREFIX):
            view, types = script.name.removesuffix(".sql"), declared(script)
            bound = ", ".join(f"{name} = {{{name}:{kind}}}" for name, kind in types.items())
            yield view.removeprefix(_PREFIX), _SUM.format(view=view, bound=bound)


def _forget_idle(client: Client) -> None:
    """Sums that nobody reads: of parts that are gone, by other views, by somebody who was killed."""
    asked = {
        "kept": round(_KEPT.total_seconds()),
        "longest": round(_LONGEST.total_seconds()),
    }
    client.command(_NOTE_IDLE, parameters=asked)
    for (fill,) in client.query(_OLD, parameters=asked).result_rows:
        client.command(
            "DELETE FROM summed_parts WHERE fill = {fill:UInt64}", parameters={"fill": fill}
        )
        for table in _TABLES:
            client.command(f"ALTER TABLE {table} DROP PARTITION {fill}")
