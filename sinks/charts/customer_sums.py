"""Keeps tables `customer_sums` and `summed_aliases`: a row for each customer whose payments the summed part of
`subscriptions` holds, for every choice of an app and of a store, after the ids' aliases were asked for.

Whether a payment is a customer's first depends on all of their subscriptions, so these rows do not add up
like `day_sums`: of a customer whom anything has happened to since, charts leave the row aside and look at
the subscriptions (views `touched_customers` and `customers`).
"""

from collections.abc import Iterator, Mapping

from clickhouse_connect.driver.client import Client

TABLES = ("customer_sums", "summed_aliases")
# First: what the sums went by, whatever becomes of the aliases meanwhile.
_ALIASES = """
INSERT INTO summed_aliases
SELECT {fill:UInt64}, environment, alias_key, customer_key
FROM customer_aliases FINAL
WHERE environment = {environment:String} AND alias_key != customer_key
"""
# 200 MB of customers are in memory at a time; the others wait on disk.
_SUM = """
INSERT INTO customer_sums
SELECT {fill:UInt64}, {environment:String}, {app:String}, {store:String}, customer_key,
  seen_at, paid_at, paid_by, paid_usd_micros, paid_back, kept_at, kept_by, payments
FROM customers(app = {app:String}, store = {store:String}, environment = {environment:String},
  from = {from:Date}, resolution = {resolution:String}, part = {part:String}, fill = {fill:UInt64})
SETTINGS max_threads = 1, max_bytes_before_external_group_by = 200000000, max_block_size = 16384
"""
_CHOICES = """
SELECT app_id, store FROM subscriptions WHERE _part = {part:String} AND environment = {environment:String}
GROUP BY CUBE (app_id, store)
ORDER BY app_id, store
"""


def customer_steps(
    client: Client, asked: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Statements and what they are asked with, besides the `fill`. `asked`: environment, part, from, resolution."""
    yield _ALIASES, {**asked}
    for app, store in client.query(_CHOICES, parameters={**asked}).result_rows:
        yield _SUM, {**asked, "app": app, "store": store}
