"""Customers and cohorts, by hand, with literals."""

from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from streams.contracts.ids import CustomerId
from streams.contracts.words import PeriodType
from tests.sinks.charts.asking import told, write
from tests.sinks.charts.frozen import frozen
from tests.sinks.charts.story import Story, moment

LTV = "paying_customers revenue_usd ltv_usd incomplete"
RETENTION = "period cohort_size retained incomplete"


def paying(client: Client, first: str, last: str) -> list[tuple[object, ...]]:
    return told(client, "new_paying_customers", "new_paying_customers", first, last)


def test_a_customer_is_new_once_however_much_they_buy(client: Client, writer: Writer) -> None:
    ann, more, bob = Story("1"), Story("2", store="stripe"), Story("3", customer="bob")
    ann.pays("2026-01-10", "2026-02-10", "9.99")
    more.pays("2026-02-10", "2026-03-10", "9.99")
    bob.pays("2026-02-20", "2026-03-20", "9.99")
    write(writer, ann, more, bob)
    assert paying(client, "2026-01-01", "2026-02-28") == [(1,), (1,)]


def test_a_first_payment_that_went_back_makes_no_paying_customer(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.refunds("2026-01-11", "9.99")
    story.pays("2026-02-20", "2026-03-20", "9.99")
    write(writer, story)
    assert paying(client, "2026-01-01", "2026-02-28") == [(0,), (1,)]


def test_a_transferred_subscription_is_its_new_owners(client: Client, writer: Writer) -> None:
    """Bob has paid before, so what he got of Ann makes no new paying customer."""
    moves, own = Story("moves"), Story("own", customer="bob")
    own.pays("2025-12-10", "2026-01-10", "4.99")
    moves.pays("2026-01-10", "2026-02-10", "9.99")
    moves.goes_to("bob", "2026-01-15")
    write(writer, moves, own)
    assert paying(client, "2025-12-01", "2026-01-31") == [(1,), (0,)]


ANN, ANONYMOUS, DEVICE = CustomerId("ann"), CustomerId("anonymous"), CustomerId("device")


def known_by_two_names() -> tuple[Story, Story]:
    """What they bought before anybody knew their name, and after."""
    before = Story("before", customer=ANONYMOUS, first_seen="2026-01-05")
    after = Story("after", customer=ANN, first_seen="2026-02-01")
    before.pays("2026-01-10", "2026-02-10", "10")
    after.pays("2026-02-03", "2026-03-03", "20", aliases=(ANN, ANONYMOUS))
    return before, after


def test_what_a_customer_paid_under_another_name_is_theirs(client: Client, writer: Writer) -> None:
    write(writer, *known_by_two_names())
    asked = "ltv_per_paying_customer", LTV, "2026-01-01", "2026-01-31"
    assert told(client, *asked, window_days="30") == [(1, 30.0, 30.0, False)]
    assert told(client, *asked, window_days="28") == [(1, 10.0, 10.0, False)]


def test_who_came_earlier_under_another_name_does_not_come_again(
    client: Client, writer: Writer
) -> None:
    write(writer, *known_by_two_names())
    found = told(client, "ltv_per_paying_customer", LTV, "2026-02-01", "2026-02-28")
    assert found == [(0, 0.0, None, False)]
    assert paying(client, "2026-02-01", "2026-02-28") == [(0,)]


def test_a_name_that_is_a_customer_of_its_own_again_is_counted_again(
    client: Client, writer: Writer
) -> None:
    before, after = known_by_two_names()
    before.pays("2026-02-10", "2026-03-10", "10", aliases=(ANONYMOUS, DEVICE))
    write(writer, before, after)
    assert paying(client, "2026-01-01", "2026-02-28") == [(1,), (1,)]


def test_ltv_counts_day_0_to_the_last_of_the_window(client: Client, writer: Writer) -> None:
    story = Story(first_seen="2026-01-01 18:00", duration="P1W")
    story.pays("2026-01-02", "2026-01-09", "1.00")
    story.pays("2026-01-08 23:00", "2026-01-15", "2.00")  # day 7
    story.pays("2026-01-15", "2026-01-22", "4.00")
    write(writer, story)
    found = told(
        client, "ltv_per_paying_customer", LTV, "2026-01-01", "2026-01-31", window_days="7"
    )
    assert found == [(1, 3.0, 3.0, False)]


def test_ltv_is_by_when_a_customer_was_first_seen_and_of_those_who_paid(
    client: Client, writer: Writer
) -> None:
    early, late, back = (
        Story("early", customer="early", first_seen="2026-01-05"),
        Story("late", customer="late", first_seen="2026-02-05"),
        Story("back", customer="back", first_seen="2026-01-05"),
    )
    early.pays("2026-02-01", "2026-03-01", "10")
    late.pays("2026-02-06", "2026-03-06", "20")
    back.pays("2026-01-06", "2026-02-06", "30")
    back.refunds("2026-01-07", "30")
    write(writer, early, late, back)
    found = told(
        client, "ltv_per_paying_customer", LTV, "2026-01-01", "2026-02-28", window_days="30"
    )
    assert found == [(1, 10.0, 10.0, False), (1, 20.0, 20.0, False)]


def test_a_cohort_is_incomplete_until_its_window_has_passed(client: Client, writer: Writer) -> None:
    story = Story(first_seen="2026-01-01")
    story.pays("2026-01-02", "2026-02-02", "1.00")
    write(writer, story)
    for day, expected in (("2026-03-02", True), ("2026-03-03", False)):
        with frozen(client, moment(day), "ltv_per_paying_customer"):
            found = told(
                client, "ltv_per_paying_customer", "incomplete",
                "2026-01-01", "2026-01-31", window_days="30",
            )  # fmt: skip
        assert found == [(expected,)]


def retention(client: Client, first: str, last: str, **asked: str) -> list[tuple[object, ...]]:
    return told(client, "retention", RETENTION, first, last, **asked)


def test_retention_is_who_paid_again_so_many_lengths_later(client: Client, writer: Writer) -> None:
    stays, goes = Story("stays"), Story("goes")
    for story in (stays, goes):
        story.pays("2026-01-10", "2026-02-10", "9.99")
    stays.pays("2026-02-10", "2026-03-10", "9.99")
    write(writer, stays, goes)
    with frozen(client, moment("2026-02-20"), "retention"):
        found = retention(client, "2026-01-01", "2026-01-31")
    assert found == [(0, 2, 2, False), (1, 2, 1, True)]


def test_who_pays_again_after_a_gap_is_retained_in_that_period_alone(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.ends("2026-02-10")
    story.pays("2026-03-12", "2026-04-12", "9.99")
    write(writer, story)
    with frozen(client, moment("2026-04-01"), "retention"):
        found = retention(client, "2026-01-01", "2026-01-31")
    assert found == [(0, 1, 1, False), (1, 1, 0, False), (2, 1, 1, True)]


def test_a_payment_that_went_back_is_not_retained(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.pays("2026-02-10", "2026-03-10", "9.99")
    story.refunds("2026-02-12", "9.99")
    write(writer, story)
    with frozen(client, moment("2026-02-20"), "retention"):
        found = retention(client, "2026-01-01", "2026-01-31")
    assert found == [(0, 1, 1, False), (1, 1, 0, True)]


def test_intro_offers_do_not_begin_a_cohort_and_a_change_of_product_begins_another(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "0.99", period_type=PeriodType.INTRO)
    story.pays("2026-02-10", "2026-03-10", "9.99")
    story.pays("2026-03-10", "2026-04-10", "19.99", product_id="max")
    write(writer, story)
    with frozen(client, moment("2026-03-15"), "retention"):
        found = told(client, "retention", f"period_start {RETENTION}", "2026-01-01", "2026-03-31")
    assert found == [
        ("2026-02-01", 0, 1, 1, False),
        ("2026-02-01", 1, 1, 0, True),
        ("2026-03-01", 0, 1, 1, True),
    ]


def test_months_do_not_skip_a_number_in_the_third_year(client: Client, writer: Writer) -> None:
    """With 30 days for a month the 35th renewal would be number 36."""
    story = Story()
    for number in range(37):
        story.pays(f"{2023 + number // 12}-{number % 12 + 1:02}-05", f"{2023 + (number + 1) // 12}-{(number + 1) % 12 + 1:02}-05", "9.99")  # fmt: skip
    write(writer, story)
    with frozen(client, moment("2026-01-20"), "retention"):
        found = retention(client, "2023-01-01", "2023-01-31")
    assert [row[2] for row in found] == [1] * 37


def test_retention_is_of_one_duration(client: Client, writer: Writer) -> None:
    monthly, weekly = Story("monthly"), Story("weekly", duration="P1W")
    monthly.pays("2026-01-10", "2026-02-10", "9.99")
    weekly.pays("2026-01-10", "2026-01-17", "2.99")
    weekly.pays("2026-01-17", "2026-01-24", "2.99")
    write(writer, monthly, weekly)
    with frozen(client, moment("2026-01-18"), "retention"):
        found = retention(client, "2026-01-01", "2026-01-31", duration="P1W")
    assert found == [(0, 1, 1, True), (1, 1, 1, True), (2, 1, 0, True)]
