"""What must hold between charts, whatever happened."""

import itertools
from collections.abc import Iterator
from decimal import Decimal

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from tests.sinks.charts.asking import ask, tell, told, write
from tests.sinks.charts.frozen import frozen
from tests.sinks.charts.story import Story, micros, moment
from tests.sinks.charts.test_oracle import NOW, history

RANGE = {"start": "2026-05-01", "to": "2026-11-30"}


@pytest.fixture
def lived(client: Client, writer: Writer) -> Iterator[Client]:
    """Some hundred lives are told, and the clock stands."""
    tell(writer, history(11, NOW, 150))
    with frozen(client, NOW):
        yield client


def by_day(client: Client, name: str, column: str, segment: str) -> dict[tuple[str, str], Decimal]:
    rows = ask(client, name, **RANGE, segment=segment)
    return {(str(row["period_start"]), row["segment"]): Decimal(row[column]) for row in rows}


def test_movements_sum_to_what_they_move_on_every_day_and_in_every_segment(lived: Client) -> None:
    for level, column, movement, change in (
        ("mrr", "mrr_usd", "mrr_movement", "change_usd"),
        ("active_subscriptions", "active_subscriptions", "actives_movement", "change"),
        ("active_trials", "active_trials", "trials_movement", "change"),
    ):
        for segment in ("", "product", "country"):
            levels = by_day(lived, level, column, segment)
            moved = by_day(lived, movement, change, segment)
            days = sorted({day for day, _ in levels})
            assert any(moved.values())
            for before, day in itertools.pairwise(days):
                for name in {name for _, name in levels}:
                    difference = levels[day, name] - levels[before, name]
                    assert difference == moved.get((day, name), 0), (level, day, name)


def test_what_is_switched_is_nothing_over_all_segments(lived: Client) -> None:
    rows = ask(lived, "mrr_movement", **RANGE, segment="product", resolution="year")
    assert any(row["switched_usd"] for row in rows)
    assert sum(row["switched_usd"] for row in rows) == 0


def test_trials_are_converted_pending_or_abandoned_and_nothing_else(lived: Client) -> None:
    rows = ask(lived, "trial_conversion", **RANGE, segment="store")
    parts = [row["converted"] + row["pending"] + row["abandoned"] for row in rows]
    assert parts == [row["trials"] for row in rows]
    assert sum(parts) > 0


def test_churn_begins_with_the_active_subscriptions_of_the_day_before(lived: Client) -> None:
    active = by_day(lived, "active_subscriptions", "active_subscriptions", "store")
    at_start = by_day(lived, "churn", "active_at_start", "store")
    days = sorted({day for day, _ in active})
    stores = {store for _, store in active}
    assert any(active.values())
    for before, day in itertools.pairwise(days):
        assert [at_start[day, one] for one in stores] == [active[before, one] for one in stores]


def test_segments_add_up_to_the_whole(lived: Client) -> None:
    for name, column in (("revenue", "revenue_usd"), ("mrr", "mrr_usd"), ("refunds", "refunds")):
        whole = ask(lived, name, **RANGE, resolution="month")
        parts = ask(lived, name, **RANGE, resolution="month", segment="product")
        assert any(row[column] for row in whole), name
        for row in whole:
            day = row["period_start"]
            assert row[column] == sum(p[column] for p in parts if p["period_start"] == day)


def test_revenue_is_the_sum_of_the_prices_of_all_events(client: Client, writer: Writer) -> None:
    one, other, coins = Story("one"), Story("other", store="stripe"), Story("coins")
    one.tries("2026-01-01", "2026-01-08")
    one.pays("2026-01-08", "2026-02-08", "9.99")
    one.refunds("2026-01-20", "3.00")
    one.pays("2026-02-08", "2026-03-08", "9.99")
    one.refunds("2026-02-20", "9.99", refund="r2")
    undone = {"price_micros": micros("9.99"), "price_usd_micros": micros("9.99")}
    one.refund_is_undone("2026-03-01", refund="r2", **undone)
    other.pays("2026-01-31", "2026-02-28", "20.00")
    other.ends("2026-02-28")
    coins.buys("2026-02-02", "0.99")
    write(writer, one, other, coins)
    events = [event for story in (one, other, coins) for event in story.events]
    total = sum(event.price_usd_micros or 0 for event in events)
    assert total == micros("37.97")
    for refunds_on in ("original", "refund"):
        rows = told(
            client, "revenue", "revenue_usd", "2026-01-01", "2026-12-31", refunds_on=refunds_on
        )
        assert micros(str(round(sum(float(str(row[0])) for row in rows), 2))) == total
    with frozen(client, moment("2026-06-01"), "revenue"):
        rows = told(
            client,
            "revenue",
            "gross_usd refunded_usd",
            "2026-01-01",
            "2026-06-01",
            resolution="year",
        )
    assert rows == [(40.97, 3.0)]
