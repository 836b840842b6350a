"""Charts against the oracle: hundreds of made-up lives, told doubled, disordered and in other words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.catalog import read_catalog
from sinks.charts.rows import SubscriptionKey
from sinks.charts.writer import Writer
from streams.contracts.event import Event
from streams.contracts.words import Environment
from tests.sinks.charts.asking import table, tell
from tests.sinks.charts.comparing import CHARTS, compare
from tests.sinks.charts.frozen import frozen
from tests.sinks.charts.lives import lives, retold
from tests.sinks.charts.oracle import Subscription, subscriptions
from tests.sinks.charts.oracle_calendar import SEGMENTS, Asked, calendar
from tests.sinks.charts.oracle_money import owners
from tests.sinks.charts.story import moment

NUMBER = 300
OTHERWISE: list[tuple[str, dict[str, Any]]] = [
    ("revenue", {"refunds_on": "refund"}),
    ("retention", {"duration": "P1W"}),
    ("ltv_per_paying_customer", {"window_days": 0}),
    ("billing_recovery", {"window_days": 5}),
]
NOW = moment("2026-11-23 12:34:56")


def history(seed: int, now: datetime, number: int = NUMBER) -> list[Event]:
    """All that is told of some hundred lives."""
    told = lives(seed, number, now)
    return told + list(retold(told, Random(seed)))


def disordered(events: list[Event], random: Random) -> list[list[Event]]:
    """Shuffled, a tenth twice, cut anywhere."""
    told = events + random.sample(events, len(events) // 10)
    random.shuffle(told)
    batches = []
    while told:
        size = random.choice((1, 7, 100, 400, 900))
        batches.append(told[:size])
        told = told[size:]
    return batches


def question(events: list[Event], unit: str, segment: str) -> Asked:
    first, last = NOW.date() - timedelta(days=320), NOW.date() + timedelta(days=40)
    return Asked(
        now=NOW,
        periods=list(calendar(first, last, unit)),
        segment=segment,
        owners=owners(events),
    )


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return history(23, NOW)


@pytest.fixture(scope="module")
def told_in_production(events: list[Event]) -> list[Event]:
    return [event for event in events if event.environment is Environment.PRODUCTION]


@pytest.fixture(scope="module")
def expected(told_in_production: list[Event]) -> list[Subscription]:
    return subscriptions(told_in_production)


@pytest.fixture
def at_now(client: Client) -> Iterator[Client]:
    with frozen(client, NOW):
        yield client


def test_no_chart_is_without_an_oracle() -> None:
    """That of chart_lag knows journeys, not subscriptions: test_lag_oracle.py."""
    assert {*CHARTS, "lag"} == read_catalog().keys()


def test_every_chart_equals_the_oracle(
    at_now: Client,
    writer: Writer,
    events: list[Event],
    told_in_production: list[Event],
    expected: list[Subscription],
) -> None:
    for batch in disordered(events, Random(1)):
        tell(writer, batch)
    for number, name in enumerate(CHARTS):
        segments = sorted(SEGMENTS)
        for unit, segment in (
            ("month", ""),
            ("day", segments[number % len(segments)]),
            (("week", "quarter", "year")[number % 3], segments[(number + 3) % len(segments)]),
        ):
            asked = question(told_in_production, unit, segment)
            compare(at_now, name, expected, asked, resolution=unit)
    for name, other in OTHERWISE:
        asked = replace(question(told_in_production, "month", "product"), **other)
        text = {parameter: str(value) for parameter, value in other.items()}
        compare(at_now, name, expected, asked, resolution="month", **text)


@pytest.mark.faults
@pytest.mark.parametrize("seed", [3, 4])
def test_every_chart_equals_the_oracle_over_twenty_thousand_subscriptions(
    at_now: Client, writer: Writer, seed: int, pytestconfig: pytest.Config
) -> None:
    if not pytestconfig.getoption("--faults"):
        pytest.skip("minutes: with --faults only")
    events = history(seed, NOW, 17_000)
    random = Random(seed)
    told = events + random.sample(events, len(events) // 10)
    random.shuffle(told)
    for first in range(0, len(told), 5_000):
        tell(writer, told[first : first + 5_000])
    production = [event for event in events if event.environment is Environment.PRODUCTION]
    found = subscriptions(production)
    assert len({event.subscription_id for event in events}) > 20_000
    for name in CHARTS:
        for segment in ("", "product"):
            compare(at_now, name, found, question(production, "month", segment), resolution="month")


def test_the_histories_hold_what_they_are_for(
    events: list[Event], expected: list[Subscription]
) -> None:
    """Else the comparison would say little."""
    kinds = {event.type.value for event in events}
    assert {"EXPIRATION", "BILLING_ISSUE", "REFUND_REVERSED", "SUBSCRIPTION_EXTENDED"} <= kinds
    assert {"TRANSFER", "NON_RENEWING_PURCHASE", "UNCANCELLATION"} <= kinds
    periods = [period for one in expected for period in one.periods]
    assert len(periods) > NUMBER
    assert any(period.unpriced for period in periods)
    assert any(period.end.year == 2106 for period in periods)
    assert any(period.ends(NOW) != period.end for period in periods)
    assert {"trial", "intro", "family", "promotional", "one_time", "normal"} == {
        period.kind for period in periods
    }
    assert len({event.id for event in events}) < len(events)


def test_any_order_and_any_repetition_gives_the_same_tables(
    client: Client, writer: Writer, events: list[Event]
) -> None:
    some = [event for event in events if event.app_id == "reef"]
    tell(writer, some)
    tables = ("events", "told_events", "subscriptions", "customer_aliases")
    expected = [table(client, name) for name in tables]
    for seed in (2, 3, 4):
        for name in tables:
            client.command(f"TRUNCATE TABLE {name}")
        for batch in disordered(some, Random(seed)):
            tell(writer, batch)
        assert [table(client, name) for name in tables] == expected


def test_folding_everything_again_changes_nothing(
    client: Client, writer: Writer, events: list[Event]
) -> None:
    for batch in disordered(events, Random(5)):
        tell(writer, batch)
    live = table(client, "subscriptions")
    client.command("CREATE TABLE rebuilt AS subscriptions")
    tables = client.query("SELECT DISTINCT app_id, environment, sub_key FROM events").result_rows
    keys = [SubscriptionKey(*key) for key in tables]
    writer.fold(keys, target="rebuilt")
    assert table(client, "rebuilt") == live
    client.command("DROP TABLE rebuilt")
