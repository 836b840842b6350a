"""Tables of many events for the charts' benchmarks: six events a subscription, most made by ClickHouse itself."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import sleep

from clickhouse_connect.driver.client import Client

from sinks.charts.columns import sub_key
from sinks.charts.engine import Engine
from sinks.charts.migrations import migrate
from sinks.charts.rows import SubscriptionKey
from sinks.charts.writer import Writer
from streams.contracts.event import Event
from streams.contracts.step import Record
from streams.observe import clock
from tests.sinks.charts.story import Story, record

EVENTS_EACH = 6
FOLDED = 30_000  # subscriptions; the others get copies of their rows
_CHUNK = 150_000  # subscriptions a statement
_APP, _ENVIRONMENT = "tide", "PRODUCTION"
_START = datetime(2024, 6, 1, tzinfo=UTC)
_EVENTS = """
INSERT INTO events (
  app_id, environment, sub_key, event_id, version, type, fact, store, purchase_key, subscription_id, customer_id,
  original_customer_id, customer_first_seen_at, occurred_at, received_at, generated_at, sequence, origin, signal,
  notification_id, notification_type, receipt_id, period, product_id, product_duration, period_type,
  purchased_at, expires_at, currency, price_micros, price_usd_micros, tax_bp, commission_bp, transaction_id,
  original_transaction_id, country_code, quantity)
WITH
  toDateTime64({start:String}, 3, 'UTC') + toIntervalSecond(cityHash64(n) % (86400 * 700)) AS first,
  first + toIntervalDay(30 * i) AS began,
  concat('c', toString(cityHash64(n, 'customer'))) AS customer
SELECT
  'tide', 'PRODUCTION', sub_key, reinterpretAsUUID(sipHash128(n, i)), toUnixTimestamp(began) * 1000 + i,
  multiIf(i = 0, 'INITIAL_PURCHASE', i = 5 AND n % 3 = 0, 'EXPIRATION', i = 4 AND n % 7 = 0, 'BILLING_ISSUE', 'RENEWAL'),
  concat('txn/', id, '/', toString(i)), 'app_store', id, id, customer, customer, first, began, began + 1, began + 1,
  i + 1, 'notification', 'renewed', lower(hex(sipHash128(n, i, 'n'))), 'DID_RENEW', lower(hex(sipHash128(n, i, 'r'))),
  concat('p', toString(i + 1)), concat('product.', toString(n % 20)), ['P1M', 'P1Y', 'P1W'][1 + n % 3], 'NORMAL',
  began, began + toIntervalDay(30), 'USD', 4990000 + n % 1000, 4990000 + n % 1000, 1900, 1500,
  concat('t', toString(i + 1)), 't1', ['US', 'DE', 'JP', 'FR'][1 + n % 4], 1
FROM (SELECT number AS n, sub_key, concat('tide/app_store/PRODUCTION/', toString(number)) AS id FROM numbered)
ARRAY JOIN range(6) AS i
"""

_NUMBERED = f"""
SELECT number AS n, sub_key AS key, concat('{_APP}/app_store/{_ENVIRONMENT}/', toString(number)) AS id,
  concat('c', toString(cityHash64(n, 'customer'))) AS customer
FROM numbered
"""
_SOME = """
SELECT DISTINCT app_id, environment, sub_key FROM events
WHERE toUInt64(splitByChar('/', subscription_id)[-1]) < {most:UInt64}
"""
_FILLED = """
CREATE TABLE IF NOT EXISTS filled (subscriptions UInt64) ENGINE = MergeTree ORDER BY subscriptions
"""
_FOLDED_ROWS = """
CREATE OR REPLACE TABLE folded ENGINE = Memory AS
SELECT *, toUInt64(splitByChar('/', subscription_id)[-1]) AS number FROM subscriptions FINAL
WHERE number < {most:UInt64}
"""
_COPY = """
INSERT INTO subscriptions
SELECT * EXCEPT (n, key, id, customer, number)
  REPLACE (key AS sub_key, id AS subscription_id, customer AS customer_id, sipHash64(customer) AS customer_key)
FROM ({others}) AS others INNER JOIN folded ON folded.number = others.n % {{most:UInt64}}
WHERE others.n >= {{most:UInt64}}
"""


def database(directory: Engine, name: str) -> tuple[Engine, Client]:
    """A migrated database of that name, with what it already holds; `fill` is next."""
    opener = directory.client()
    opener.command(f"CREATE DATABASE IF NOT EXISTS {name}")
    opener.close()
    opened = replace(directory, options={**directory.options, "database": name})
    client = opened.client({"async_insert": 0})
    migrate(client, clock.now())
    return opened, client


def fill(client: Client, events: int) -> None:
    """`events` rows, and as many subscriptions as fit to them. What a killed one left is gone on with:
    it writes the same rows again."""
    subscriptions = events // EVENTS_EACH
    client.command(_FILLED)
    for first in range(_filled(client), subscriptions, _CHUNK):
        numbers = range(first, min(first + _CHUNK, subscriptions))
        _number(client, numbers)
        client.command(_EVENTS, parameters={"start": f"{_START:%F %T}"})
        if not first:
            fold_some(client)
        copy_folded(client, _NUMBERED)
        client.insert("filled", [[numbers.stop]], column_names=["subscriptions"])


def _filled(client: Client) -> int:
    return int(client.query("SELECT max(subscriptions) FROM filled").first_row[0])


def _number(client: Client, numbers: range) -> None:
    client.command(
        "CREATE OR REPLACE TABLE numbered (number UInt64, sub_key UInt64) ENGINE = Memory"
    )
    rows = [[number, sub_key(_id(number))] for number in numbers]
    client.insert("numbered", rows, column_names=["number", "sub_key"])


def settle(client: Client) -> None:
    """Until the parts that were written are merged: that is no cost of what is measured next."""
    while client.query("SELECT count() FROM system.merges").first_row[0]:
        sleep(0.2)


def fold_some(client: Client) -> None:
    """Fold those whose ids end in a number under FOLDED."""
    found = client.query(_SOME, parameters={"most": FOLDED}).result_rows
    Writer(client).fold([SubscriptionKey(*key) for key in found])


def copy_folded(client: Client, others: str) -> None:
    """The rows of those folded again, for others under their own names: as many and as large as if
    all were folded, for less. `others` selects (n, key, id, customer)."""
    client.command(_FOLDED_ROWS, parameters={"most": FOLDED})
    client.command(_COPY.format(others=others), parameters={"most": FOLDED})


def renewals(numbers: Iterable[int], at: datetime) -> list[Record]:
    """One more payment of each of these subscriptions of the tables."""
    return [record(_renewal(number, at)) for number in numbers]


def _renewal(number: int, at: datetime) -> Event:
    story = Story(str(number))
    story.paid = EVENTS_EACH
    return story.pays(at, at + timedelta(days=30), "4.99", received_at=at)


def _id(number: int) -> str:
    return f"{_APP}/app_store/{_ENVIRONMENT}/{number}"
