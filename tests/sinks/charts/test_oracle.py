"""Charts against the oracle: hundreds of made-up lives, told doubled, disordered and in other words."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.rows import SubscriptionKey
from sinks.charts.writer import Writer
from streams.contracts.event import Event
from streams.contracts.words import Environment
from streams.observe import clock
from tests.sinks.charts.asking import ask, table, tell
from tests.sinks.charts.lives import lives, retold
from tests.sinks.charts.oracle import Span, days_of, spans, values

NUMBER = 400
SEGMENTS: dict[str, Callable[[Event], str]] = {
    "": lambda _: "",
    "store": lambda payment: payment.store,
    "app": lambda payment: payment.app_id,
    "country": lambda payment: payment.country_code or "unknown",
    "product": lambda payment: payment.product_id or "unknown",
    "duration": lambda payment: payment.product_duration or "unknown",
    "offer_type": lambda payment: payment.offer_type or "none",
}


def history(seed: int, now: datetime) -> list[Event]:
    """All that is told of some hundred lives, nothing of which turns while the test runs."""
    told = lives(seed, NUMBER, now)
    told += retold(told, Random(seed))
    unsteady = {
        span.payment.subscription_id
        for span in spans(told)
        if any(abs(turn - now) < timedelta(minutes=10) for turn in (span.start, span.end))
    }
    return [event for event in told if event.subscription_id not in unsteady]


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


@pytest.fixture(scope="module")
def now() -> datetime:
    return clock.now()


@pytest.fixture(scope="module")
def events(now: datetime) -> list[Event]:
    return history(20, now)


@pytest.fixture(scope="module")
def expected(events: list[Event]) -> list[Span]:
    production = [event for event in events if event.environment is Environment.PRODUCTION]
    return spans(production)


def test_mrr_and_active_subscriptions_equal_the_oracle(
    client: Client, writer: Writer, now: datetime, events: list[Event], expected: list[Span]
) -> None:
    for batch in disordered(events, Random(1)):
        tell(writer, batch)
    for segment in SEGMENTS:
        _compare(client, expected, now, resolution="day", segment=segment)
    for resolution in ("week", "month", "quarter", "year"):
        _compare(client, expected, now, resolution=resolution, segment="store")


def test_the_histories_hold_what_they_are_for(events: list[Event], expected: list[Span]) -> None:
    """Else the comparison would say little."""
    kinds = {event.type.value for event in events}
    assert {"EXPIRATION", "BILLING_ISSUE", "REFUND_REVERSED", "SUBSCRIPTION_EXTENDED"} <= kinds
    assert len(expected) > NUMBER
    assert any(span.unpriced for span in expected)
    assert any(span.end.year == 2106 for span in expected)
    assert len({event.id for event in events}) < len(events)


def test_any_order_and_any_repetition_gives_the_same_tables(
    client: Client, writer: Writer, events: list[Event]
) -> None:
    some = [event for event in events if event.app_id == "reef"]
    tell(writer, some)
    expected = table(client, "events"), table(client, "subscriptions")
    for seed in (2, 3, 4):
        client.command("TRUNCATE TABLE events")
        client.command("TRUNCATE TABLE subscriptions")
        for batch in disordered(some, Random(seed)):
            tell(writer, batch)
        assert (table(client, "events"), table(client, "subscriptions")) == expected


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


def _compare(
    client: Client, expected: list[Span], now: datetime, *, resolution: str, segment: str
) -> None:
    first, last = now.date() - timedelta(days=320), now.date() + timedelta(days=400)
    asked = {"resolution": resolution, "segment": segment, "start": str(first), "to": str(last)}
    revenue = ask(client, "mrr", **asked)
    counted = ask(client, "active_subscriptions", **asked)
    shown = {
        (row["period_start"], row["segment"]): (
            row["mrr_usd_micros"],
            other["active_subscriptions"],
            row["unpriced"],
        )
        for row, other in zip(revenue, counted, strict=True)
    }
    periods = days_of(first, last, resolution)
    true = values(expected, periods, now, SEGMENTS[segment])
    assert shown == {key: (value.mrr, value.active, value.unpriced) for key, value in true.items()}
    assert [row["unpriced"] for row in revenue] == [row["unpriced"] for row in counted]
