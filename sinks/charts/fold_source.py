"""What the fold is made from, as the tables hold it: events of some subscriptions, and the factors."""

from collections.abc import Collection, Mapping

import msgspec
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import our_errors
from sinks.charts.fold.months import Factor, Factors
from sinks.charts.fold.told import Telling, Told
from sinks.charts.rows import SubscriptionKey
from streams.contracts.errors import ConfigError

# Not FINAL: which telling counts is found for less here.
_TOLD = """
SELECT app_id, environment, sub_key, version, toUnixTimestamp64Milli(written_at), customer_id, told
FROM told_events WHERE """
# Of places this small, threads cost more than what they read: half of it, for 50 subscriptions.
_ALONE = " SETTINGS max_threads = 1"
_DURATIONS = "SELECT duration, numerator, denominator FROM mrr_durations FINAL"
_LENGTHS = """
SELECT first_day, last_day, numerator, denominator FROM mrr_lengths FINAL ORDER BY first_day
"""
_read = msgspec.json.Decoder(Told)


def told_of(client: Client, keys: Collection[SubscriptionKey]) -> list[Telling]:
    """All events of these subscriptions, every telling. All columns of the key are given, so that
    little is read."""
    numbers = ", ".join(str(key.sub_key) for key in keys)
    where = (
        "app_id IN {apps:Array(String)} AND environment IN {environments:Array(String)}"
        f" AND sub_key IN ({numbers})"
    )
    parameters = {
        "apps": sorted({key.app_id for key in keys}),
        "environments": sorted({key.environment for key in keys}),
    }
    return _told(client, where, parameters)


def told_between(client: Client, first: int, last: int) -> list[Telling]:
    """All events of the subscriptions with these keys."""
    return _told(client, f"sub_key BETWEEN {first} AND {last}", {})


def read_factors(client: Client) -> Factors:
    """Raise ConfigError when a denominator is none."""
    with our_errors("asking what makes a price a month's"):
        durations = client.query(_DURATIONS).result_rows
        lengths = client.query(_LENGTHS).result_rows
    return Factors(
        durations={name: _factor("mrr_durations", *by) for name, *by in durations},
        lengths=[(first, last, _factor("mrr_lengths", *by)) for first, last, *by in lengths],
    )


def _told(client: Client, where: str, parameters: Mapping[str, object]) -> list[Telling]:
    with our_errors("reading the events of subscriptions"):
        found = client.query(_TOLD + where + _ALONE, parameters=dict(parameters))
    return [
        Telling(app_id, environment, sub_key, version, written, customer_id, _read.decode(told))
        for app_id, environment, sub_key, version, written, customer_id, told in found.result_rows
    ]


def _factor(table: str, numerator: int, denominator: int) -> Factor:
    if denominator < 1:
        raise ConfigError(
            f"{table}: a denominator of {denominator} divides nothing: make it 1 or more"
        )
    return numerator, denominator
