"""`python -m tests.bench.charts_views [--folder FOLDER] [EVENTS ...]`: how long each chart takes on tables
of so many events.

Three years of subscriptions in three stores, six durations, with trials, refunds, failed charges and
customers who hold several, half of them known by two names; 19 of 20 events delivered; tidied as the
role does it (one large part, and its sums), then one in two thousand subscriptions folded again. Each
chart by day over 90 days, and by month over a year, split by store; beside it by day without the sums.
The whole call, median of five, by the clock and of all cores (on a machine that is busy otherwise read
the latter).
"""

import resource
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from clickhouse_connect.driver.client import Client

from sinks.charts.catalog import Chart, read_catalog
from sinks.charts.day_sums import sum_largest
from sinks.charts.engine import engine
from sinks.charts.migrations import migrate
from sinks.charts.parameters import read_parameters
from sinks.charts.reader import LIMITS
from streams.observe import clock
from tests.bench.charts_tables import copy_folded, fold_some
from tests.bench.table import show

SIZES = (1_000_000, 10_000_000)
TIMES = 5
_AT_ONCE = 500_000  # subscriptions an insert
_EACH = 5.6  # events a subscription, about
_EVENTS = """
INSERT INTO events (
  app_id, environment, sub_key, event_id, version, type, fact, store, subscription_id, customer_id,
  customer_first_seen_at, occurred_at, received_at, generated_at, written_at, sequence, origin, notification_id, period,
  product_id, product_duration, period_type, purchased_at, expires_at, reason, refund_id,
  currency, price_micros, price_usd_micros, tax_bp, commission_bp, transaction_id, country_code, quantity)
WITH
  toDateTime64({today:String}, 3, 'UTC') AS now,
  ['P1M', 'P1M', 'P1M', 'P1W', 'P3M', 'P1Y'][1 + n % 6] AS duration,
  [30, 30, 31, 7, 91, 365][1 + n % 6] AS days,
  now - toIntervalSecond(cityHash64(n) % (86400 * 1095)) AS first,
  n % 5 = 0 AS tries,
  first + toIntervalDay(if(i = 0, 0, days * i - if(tries, days - 7, 0))) AS began,
  if(i = 0 AND tries, 7, days) AS lasts,
  multiIf(i = 0, 'INITIAL_PURCHASE', i = 5 AND n % 3 = 0, 'EXPIRATION', i = 5 AND n % 23 = 0, 'CANCELLATION',
    i = 4 AND n % 7 = 0, 'BILLING_ISSUE', i = 4 AND n % 11 = 0, 'CANCELLATION', 'RENEWAL') AS what,
  multiIf(what = 'CANCELLATION' AND i = 5, -1, what IN ('INITIAL_PURCHASE', 'RENEWAL') AND NOT (i = 0 AND tries), 1, 0)
    * (4990000 + n % 1000) AS price
SELECT
  'tide', 'PRODUCTION', cityHash64('key', n), reinterpretAsUUID(sipHash128(n, i)), toUnixTimestamp(began) * 1000 + i,
  what, concat('txn/', toString(n), '/', toString(i)), ['app_store', 'play_store', 'stripe'][1 + n % 3],
  concat('tide/', toString(n)), concat('c', toString(cityHash64(n, 'customer') % {customers:UInt64})),
  first, began, began + 1, began + 1, began + 2, i + 1, if(n % 9 = 0, 'refresh', 'notification'),
  concat(toString(n), '/', toString(i)), concat('p', toString(i)), concat('product.', toString(n % 20)), duration,
  if(i = 0 AND tries, 'TRIAL', 'NORMAL'), began, began + toIntervalDay(lasts), if(what = 'CANCELLATION', 'UNSUBSCRIBE', ''),
  if(what = 'CANCELLATION' AND i = 5, concat('r', toString(n)), ''), 'USD', price, price, 1600, 1500,
  concat('t', toString(if(what = 'CANCELLATION', i - 1, i))), ['US', 'DE', 'JP', 'FR'][1 + n % 4], 1
FROM (SELECT number AS n FROM numbers({first:UInt64}, {count:UInt64}))
ARRAY JOIN range(7) AS i
WHERE began <= now
"""
_OTHERS = """
SELECT number AS n, cityHash64('key', n) AS key, concat('tide/', toString(n)) AS id,
  concat('c', toString(cityHash64(n, 'customer') % {customers})) AS customer
FROM numbers({first}, {count})
"""
_AGAIN = "INSERT INTO subscriptions SELECT * REPLACE (version + 1 AS version) FROM subscriptions WHERE sub_key % 2000 = 0"
# As told long ago: each customer's own name and another.
_ALIASES = """
INSERT INTO customer_aliases (environment, alias_key, customer_key, version, noted_at)
SELECT 'PRODUCTION', arrayJoin([customer_key, cityHash64(customer_key)]), customer_key, 1, toDateTime(1)
FROM (SELECT DISTINCT customer_key FROM subscriptions WHERE customer_key % 2 = 0)
SETTINGS insert_allow_materialized_columns = 1
"""
_TIMES = """
INSERT INTO event_times
SELECT environment, received_at, event_id, 1, app_id, store, origin, product_id, product_duration, country_code,
  offer_type, occurred_at, received_at + toIntervalMillisecond(sub_key % 90), received_at + toIntervalMillisecond(sub_key % 900)
FROM events
"""
# Nearly all of them delivered to somebody.
_ATTEMPTS = """
INSERT INTO attempts (
  destination, started_at, event_id, attempt, result, destination_type, app_id, store, environment, event_received_at,
  total_ms, status)
SELECT 'backend', received_at + toIntervalMillisecond(5 + cityHash64(event_id) % 40), toString(event_id), 1, 'delivered',
  'webhook', app_id, store, environment, received_at, cityHash64(event_id, 'took') % 30000 / 1000, 200
FROM event_times
WHERE cityHash64(event_id, 'delivered') % 20 != 0
"""


def fill(client: Client, events: int) -> None:
    """So many events, about, and what is folded from them."""
    subscriptions = round(events / _EACH)
    for first in range(0, subscriptions, _AT_ONCE):
        asked = {
            "today": f"{clock.now():%F %T}",
            "customers": subscriptions * 5 // 6,
            "first": first,
            "count": min(_AT_ONCE, subscriptions - first),
        }
        client.command(_EVENTS, parameters=asked)
        if not first:
            fold_some(client)
        copy_folded(client, _OTHERS.format(**asked))
    client.command(_ALIASES)
    client.command(_TIMES)
    client.command(_ATTEMPTS)


def taken(client: Client, chart: Chart, asked: dict[str, str]) -> tuple[str, str]:
    """Milliseconds by the clock, and of all cores."""
    parameters = read_parameters(chart.parameters, asked, clock.now().date())
    wall, cores = [], []
    for _ in range(TIMES):
        began, spent = time.monotonic(), time.process_time()
        client.query(chart.question(parameters), parameters=parameters)
        wall.append(time.monotonic() - began)
        cores.append(time.process_time() - spent)
    return f"{median(wall) * 1000:.0f}", f"{median(cores) * 1000:.0f}"


def measure(events: int, folder: Path) -> None:
    """`folder` holds the tables already, or is filled."""
    opened = engine(f"chdb://{folder}")
    client = opened.client({"async_insert": 0})
    migrate(client, clock.now())
    filled = _seconds(lambda: None if _count(client, "events") else fill(client, events))
    merged = _seconds(lambda: client.command("OPTIMIZE TABLE subscriptions FINAL"))
    summed = _seconds(lambda: sum_largest(client))
    client.command(_AGAIN)
    reading = opened.client(LIMITS)
    ask = partial(_table, reading)
    rows = list(zip(*(ask(asked) for asked in (_days(), _year())), strict=True))
    client.command("TRUNCATE TABLE summed_parts")
    plain = ask(_days())
    title = (
        f"{_count(client, 'events'):,} events, {_count(client, 'subscriptions'):,} subscriptions, filled and folded"
        f" in {filled:.0f} s, merged in {merged:.0f} s, summed in {summed:.0f} s; ms"
    )
    columns = (
        "chart",
        "90 days, daily",
        "CPU",
        "a year by month and store",
        "CPU",
        "90 days without sums",
        "CPU",
    )
    cells = [
        (name, *days, *year, *without)
        for name, (days, year), without in zip(read_catalog(), rows, plain, strict=True)
    ]
    show(title, columns, cells)
    show("memory", ("", "MB"), [("at most, filling and folding too", f"{_megabytes():,.0f}")])
    reading.close()
    client.close()


def _table(client: Client, asked: dict[str, str]) -> list[tuple[str, str]]:
    return [taken(client, chart, asked) for chart in read_catalog().values()]


def _seconds(work: Callable[[], object]) -> float:
    began = clock.monotonic()
    work()
    return clock.monotonic() - began


def _count(client: Client, table: str) -> int:
    return int(client.query(f"SELECT count() FROM {table}").first_row[0])


def _days() -> dict[str, str]:
    return {"from": _ago(clock.now().date(), 90)}


def _year() -> dict[str, str]:
    return {"from": _ago(clock.now().date(), 365), "resolution": "month", "segment": "store"}


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _ago(today: date, days: int) -> str:
    return (today - timedelta(days=days)).isoformat()


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", metavar="EVENTS", help="in the tables, about")
    parser.add_argument("--folder", type=Path, help="keeps the tables for the next time")
    asked = parser.parse_args()
    for size in asked.sizes or SIZES:
        with ExitStack() as stack:
            folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            measure(size, folder / f"of_{size}")


if __name__ == "__main__":
    main()
