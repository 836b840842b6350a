"""Filters, segments and calendar periods of the charts, by hand, with literals."""

from datetime import timedelta

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from streams.contracts.words import Environment
from streams.observe import clock
from tests.sinks.charts.asking import ACTIVE, CATALOG, MRR, active, ask, day, mrr, write
from tests.sinks.charts.frozen import frozen
from tests.sinks.charts.story import Story, moment


def test_sandbox_never_reaches_a_chart_of_production(client: Client, writer: Writer) -> None:
    story = Story(environment=Environment.SANDBOX)
    story.pays("2026-01-01", "2026-02-01", "4.99")
    write(writer, story)
    assert mrr(client, "2026-01-10", "2026-01-10") == [0]
    assert mrr(client, "2026-01-10", "2026-01-10", environment="SANDBOX") == [4_990_000]


def test_two_subscriptions_of_one_customer_are_two(client: Client, writer: Writer) -> None:
    one, other = Story("one"), Story("other", product="max")
    one.pays("2026-01-01", "2026-02-01", "4.99")
    other.pays("2026-01-01", "2026-02-01", "9.99")
    write(writer, one, other)
    assert active(client, "2026-01-10", "2026-01-10") == [2]
    assert mrr(client, "2026-01-10", "2026-01-10") == [14_980_000]


def test_filters_and_segments_see_each_period_by_itself(client: Client, writer: Writer) -> None:
    apple, stripe = Story("1"), Story("2", app="reef", store="stripe", country=None)
    apple.pays("2026-01-01", "2026-01-03", "4.99")
    apple.pays("2026-01-03", "2026-02-03", "9.99", product_id="max")
    stripe.pays("2026-01-01", "2026-02-01", "2.00", offer_type="introductory")
    write(writer, apple, stripe)

    def on(first: str, **asked: str) -> dict[str, int]:
        rows = ask(client, "mrr", start=first, to=first, **asked)
        return {row["segment"]: row[MRR] for row in rows}

    assert on("2026-01-02", segment="store") == {"app_store": 4_990_000, "stripe": 2_000_000}
    assert on("2026-01-02", segment="app") == {"tide": 4_990_000, "reef": 2_000_000}
    assert on("2026-01-02", segment="country") == {"US": 4_990_000, "unknown": 2_000_000}
    assert on("2026-01-04", segment="product") == {"max": 9_990_000, "pro": 2_000_000}
    assert on("2026-01-02", segment="offer_type") == {"introductory": 2_000_000, "none": 4_990_000}
    assert on("2026-01-02", segment="duration") == {"P1M": 6_990_000}
    assert on("2026-01-02", store="stripe") == {"": 2_000_000}
    assert on("2026-01-02", app="tide") == {"": 4_990_000}


def test_a_segment_that_ended_shows_zeros_after_it(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-01-03", "4.99")
    story.pays("2026-01-03", "2026-02-03", "9.99", product_id="max")
    write(writer, story)
    rows = ask(client, "mrr", start="2026-01-02", to="2026-01-03", segment="product")
    assert [(str(row["period_start"]), row["segment"], row[MRR]) for row in rows] == [
        ("2026-01-02", "max", 0),
        ("2026-01-02", "pro", 4_990_000),
        ("2026-01-03", "max", 9_990_000),
        ("2026-01-03", "pro", 0),
    ]


@pytest.mark.parametrize(
    ("resolution", "starts"),
    [
        ("week", ["2026-01-25", "2026-02-01"]),
        ("month", ["2026-01-01", "2026-02-01"]),
        ("quarter", ["2026-01-01"]),
        ("year", ["2026-01-01"]),
    ],
)
def test_calendar_periods_are_whole_and_weeks_begin_on_sunday(
    client: Client, writer: Writer, resolution: str, starts: list[str]
) -> None:
    rows = ask(client, "mrr", start="2026-01-31", to="2026-02-01", resolution=resolution)
    assert [row["period_start"] for row in rows] == [day(start) for start in starts]


def test_a_month_shows_what_is_active_at_its_end(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-01-31", "4.99")
    story.pays("2026-02-28 23:59", "2026-03-28", "4.99")
    write(writer, story)
    rows = ask(
        client, "active_subscriptions", start="2026-01-15", to="2026-03-15", resolution="month"
    )
    assert [row[ACTIVE] for row in rows] == [0, 1, 0]
    assert [row["incomplete"] for row in rows] == [False, False, False]


def test_today_shows_now_and_is_incomplete(client: Client, writer: Writer) -> None:
    now = clock.now()
    over, running, to_come = Story("over"), Story("running"), Story("to come")
    over.pays(now - timedelta(days=3), now - timedelta(minutes=5), "1")
    over.ends(now - timedelta(minutes=5))
    running.pays(now - timedelta(minutes=5), now + timedelta(minutes=5), "2")
    to_come.pays(now + timedelta(minutes=5), now + timedelta(days=3), "4")
    write(writer, over, running, to_come)
    today = clock.now().date().isoformat()
    (row,) = ask(client, "mrr", start=today, to="2099-12-31", resolution="year")
    assert (row[MRR], row["incomplete"]) == (2_000_000, True)


def test_a_chart_of_nothing_is_a_line_of_zeros(client: Client) -> None:
    assert mrr(client, "2026-01-01", "2026-01-03") == [0, 0, 0]


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_the_next_quarter_does_not_show_what_is_active_now(
    client: Client, writer: Writer, name: str
) -> None:
    """Whatever is counted: what has not begun is not there, no line of zeros either."""
    story = Story()
    story.pays("2026-05-01", "2027-05-01", "9.99")
    write(writer, story)
    with frozen(client, moment("2026-06-15 12:00"), name):
        for unit in ("day", "week", "month", "quarter", "year"):
            assert ask(client, name, start="2027-01-01", to="2027-03-31", resolution=unit) == []
