"""What a period is worth and what its refunds do, by hand, with literals."""

from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from streams.contracts.words import PeriodType
from tests.sinks.charts.asking import ACTIVE, MRR, active, ask, mrr, write
from tests.sinks.charts.story import Story, moment

MONTHLY = {
    ("P1D", "2026-01-02", "1"): 30_000_000,
    ("P3D", "2026-01-04", "1"): 10_000_000,
    ("P1W", "2026-01-08", "2.99"): 11_960_000,
    ("P7D", "2026-01-08", "2.99"): 11_960_000,
    ("P2W", "2026-01-15", "2.99"): 5_980_000,
    ("P4W", "2026-01-29", "2.99"): 2_990_000,
    ("P1M", "2026-02-01", "9.99"): 9_990_000,
    ("P2M", "2026-03-01", "9.99"): 4_995_000,
    ("P3M", "2026-04-01", "10"): 3_333_333,
    ("P6M", "2026-07-01", "10"): 1_666_667,
    ("P1Y", "2027-01-01", "59.99"): 4_999_167,
    ("P12M", "2027-01-01", "60"): 5_000_000,
    (None, "2026-02-01", "9.99"): 9_990_000,  # 31 days: a month
    (None, "2026-01-08", "2"): 8_000_000,  # 7 days: a week
    (None, "2027-01-01", "60"): 5_000_000,  # 365 days: a year
    (None, "2026-01-11", "10"): 28_000_000,  # 10 days: 28/10
    ("P5D", "2026-01-06", "10"): 56_000_000,  # not in the table: 28/5
}
"""(duration, end of a period from 2026-01-01, price) to a month's price."""


def test_prices_become_a_months_by_the_products_duration(client: Client, writer: Writer) -> None:
    stories = []
    for number, (duration, end, usd) in enumerate(MONTHLY):
        story = Story(app=f"app{number:02}", duration=duration)
        story.pays("2026-01-01", end, usd)
        stories.append(story)
    write(writer, *stories)
    rows = ask(client, "mrr", start="2026-01-01", to="2026-01-01", segment="app")
    assert [row[MRR] for row in rows] == list(MONTHLY.values())


def test_an_intro_offer_is_made_a_months_by_its_own_length(client: Client, writer: Writer) -> None:
    story = Story(duration="P1Y")
    story.pays("2026-01-01", "2026-02-01", "0.99", period_type=PeriodType.INTRO)
    story.pays("2026-02-01", "2027-02-01", "60")
    write(writer, story)
    assert mrr(client, "2026-01-31", "2026-02-01") == [990_000, 5_000_000]


def test_a_full_refund_ends_the_period_when_the_money_went(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.refunds("2026-01-03 12:00", "4.99")
    write(writer, story)
    assert mrr(client, "2026-01-01", "2026-01-04") == [4_990_000, 4_990_000, 0, 0]


def test_a_full_refund_ends_it_whether_or_not_access_is_said_to_go(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.refunds("2026-01-03", None, affects_access=False)
    write(writer, story)
    assert active(client, "2026-01-02", "2026-01-03") == [1, 0]


def test_a_partial_refund_ends_nothing(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.refunds("2026-01-03", "2.00")
    write(writer, story)
    assert mrr(client, "2026-01-02", "2026-01-04") == [4_990_000, 4_990_000, 4_990_000]


def test_partial_refunds_end_it_when_they_add_up_to_the_price(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.refunds("2026-01-03", "2.00", refund="r1")
    story.refunds("2026-01-05", "2.99", refund="r2")
    write(writer, story)
    assert active(client, "2026-01-02", "2026-01-06") == [1, 1, 1, 0, 0]


def test_a_refund_of_an_older_period_leaves_the_present_one_alone(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.pays("2026-02-01", "2026-03-01", "4.99")
    story.refunds("2026-02-10", "4.99", of=1)
    write(writer, story)
    assert active(client, "2026-01-30", "2026-02-12") == [1] * 14


def test_a_refund_undone_gives_the_period_back(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-01-10", "4.99")
    story.refunds("2026-01-03", "4.99")
    story.ends("2026-01-03", expires_at=moment("2026-01-10"))
    story.refund_is_undone("2026-01-06")
    write(writer, story)
    assert active(client, "2026-01-02", "2026-01-10") == [1] * 8 + [0]


def test_a_subscription_without_a_price_in_usd_is_active_worth_nothing_and_counted(
    client: Client, writer: Writer
) -> None:
    priced, unpriced = Story("priced"), Story("unpriced")
    priced.pays("2026-01-01", "2026-02-01", "4.99")
    unpriced.pays("2026-01-01", "2026-02-01", None)
    write(writer, priced, unpriced)
    (row,) = ask(client, "mrr", start="2026-01-10", to="2026-01-10")
    assert (row[MRR], row["unpriced"]) == (4_990_000, 1)
    (row,) = ask(client, "active_subscriptions", start="2026-01-10", to="2026-01-10")
    assert (row[ACTIVE], row["unpriced"]) == (2, 1)
