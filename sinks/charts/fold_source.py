"""What the fold is made from, as the tables hold it: events of some subscriptions, and the factors."""

from collections.abc import Collection, Iterable

import msgspec
from clickhouse_connect.driver.client import Client
from msgspec import Struct

from sinks.charts.engine import our_errors
from sinks.charts.fold.months import Factor, Factors
from sinks.charts.fold.told import Telling, Told
from sinks.charts.rows import SubscriptionKey
from streams.contracts.errors import ConfigError

# Not FINAL: which telling counts is found for less here. As one text: `told` is JSON already, and what is
# around it becomes JSON too, so that all of it is read at once.
_FOUND = """
SELECT sub_key, version, toUnixTimestamp64Milli(written_at), toJSONString(customer_id), told
FROM told_events PREWHERE """
# In each place that is read a column is a block of its own, of few values one more with all of them: these
# two are a fifth of what finding a subscription costs, and who asks for it knows them.
_TOLD = _FOUND.replace("SELECT", "SELECT toJSONString(app_id), toJSONString(environment),")
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


class Found(Struct, frozen=True, gc=False, array_like=True):
    """A telling but for whose subscription it is about."""

    sub_key: int
    version: int
    written: int
    customer_id: str
    told: Told


_read = msgspec.json.Decoder(list[Telling])
_read_found = msgspec.json.Decoder(list[Found])


def told_of(client: Client, keys: Collection[SubscriptionKey]) -> list[Telling]:
    """All events of these subscriptions, every telling, and of any other with the same hash."""
    where = f"sub_key IN ({', '.join(str(key.sub_key) for key in keys)})"
    found = _read_found.decode(_ask(client, _FOUND + where))
    of = {key.sub_key: key for key in keys}
    if len(of) < len(keys) or _share_a_hash(found):
        return _read.decode(_ask(client, _TOLD + where))
    return [_telling(one, of[one.sub_key]) for one in found]


def told_between(client: Client, first: int, last: int) -> list[Telling]:
    """All events of the subscriptions with these keys."""
    return _read.decode(_ask(client, f"{_TOLD}sub_key BETWEEN {first} AND {last}"))


def read_factors(client: Client) -> Factors:
    """Raise ConfigError when a denominator is none."""
    with our_errors("asking what makes a price a month's"):
        durations = client.query(_DURATIONS).result_rows
        lengths = client.query(_LENGTHS).result_rows
    return Factors(
        durations={name: _factor("mrr_durations", *by) for name, *by in durations},
        lengths=[(first, last, _factor("mrr_lengths", *by)) for first, last, *by in lengths],
    )


def _share_a_hash(found: Iterable[Found]) -> bool:
    """The app and the environment are part of a subscription's id."""
    names: dict[int, str] = {}
    return any(
        names.setdefault(one.sub_key, one.told.subscription_id) != one.told.subscription_id
        for one in found
    )


def _telling(one: Found, key: SubscriptionKey) -> Telling:
    return Telling(
        key.app_id,
        key.environment,
        one.sub_key,
        one.version,
        one.written,
        one.customer_id,
        one.told,
    )


def _ask(client: Client, statement: str) -> bytes:
    with our_errors("reading the events of subscriptions"):
        answer: bytes = client.raw_query(statement + _SMALL, fmt="CustomSeparated")
    return answer


def _factor(table: str, numerator: int, denominator: int) -> Factor:
    if denominator < 1:
        raise ConfigError(
            f"{table}: a denominator of {denominator} divides nothing: make it 1 or more"
        )
    return numerator, denominator
