"""What the fold is made from, as the tables hold it: events of some subscriptions, and the factors."""

from collections.abc import Collection

import msgspec
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import our_errors
from sinks.charts.fold.months import Factor, Factors
from sinks.charts.fold.told import Telling
from sinks.charts.rows import SubscriptionKey
from streams.contracts.errors import ConfigError

# Not FINAL: which telling counts is found for less here. As one text: `told` is JSON already, and what is
# around it becomes JSON too, so that all of it is read at once.
_TOLD = """
SELECT toJSONString(app_id), toJSONString(environment), sub_key, version,
  toUnixTimestamp64Milli(written_at), toJSONString(customer_id), told
FROM told_events PREWHERE """
# Of places this small threads cost more than what they read. Most parts don't have a subscription where
# it would be: its key alone is read before the rest, for a third less CPU than all columns at once.
# Halves are what a part's places are found by: eighths, as by default, take half as long again.
_SMALL = """
SETTINGS max_threads = 1, optimize_move_to_prewhere = 0, merge_tree_coarse_index_granularity = 2,
  format_custom_escaping_rule = 'Raw', format_custom_field_delimiter = ',',
  format_custom_result_before_delimiter = '[', format_custom_result_after_delimiter = ']',
  format_custom_row_before_delimiter = '[', format_custom_row_after_delimiter = ']',
  format_custom_row_between_delimiter = ','
"""
_DURATIONS = "SELECT duration, numerator, denominator FROM mrr_durations FINAL"
_LENGTHS = """
SELECT first_day, last_day, numerator, denominator FROM mrr_lengths FINAL ORDER BY first_day
"""
_read = msgspec.json.Decoder(list[Telling])


def told_of(client: Client, keys: Collection[SubscriptionKey]) -> list[Telling]:
    """All events of these subscriptions, every telling, and of any other with the same hash."""
    return _told(client, f"sub_key IN ({', '.join(str(key.sub_key) for key in keys)})")


def told_between(client: Client, first: int, last: int) -> list[Telling]:
    """All events of the subscriptions with these keys."""
    return _told(client, f"sub_key BETWEEN {first} AND {last}")


def read_factors(client: Client) -> Factors:
    """Raise ConfigError when a denominator is none."""
    with our_errors("asking what makes a price a month's"):
        durations = client.query(_DURATIONS).result_rows
        lengths = client.query(_LENGTHS).result_rows
    return Factors(
        durations={name: _factor("mrr_durations", *by) for name, *by in durations},
        lengths=[(first, last, _factor("mrr_lengths", *by)) for first, last, *by in lengths],
    )


def _told(client: Client, where: str) -> list[Telling]:
    with our_errors("reading the events of subscriptions"):
        return _read.decode(client.raw_query(_TOLD + where + _SMALL, fmt="CustomSeparated"))


def _factor(table: str, numerator: int, denominator: int) -> Factor:
    if denominator < 1:
        raise ConfigError(
            f"{table}: a denominator of {denominator} divides nothing: make it 1 or more"
        )
    return numerator, denominator
