"""What moves MRR and the number of active subscriptions, by hand, with literals."""

from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from streams.contracts.words import PeriodType
from tests.sinks.charts.asking import told, write
from tests.sinks.charts.story import Story, micros

MRR_MOVES = "new_usd expansion_usd contraction_usd churned_usd reactivation_usd fx_usd change_usd"


def moves(client: Client, first: str, last: str) -> list[tuple[object, ...]]:
    return told(client, "mrr_movement", MRR_MOVES, first, last)


def actives(client: Client, first: str, last: str) -> list[tuple[object, ...]]:
    return told(client, "actives_movement", "new resubscribed churned change", first, last)


def test_a_first_payment_is_new_and_its_end_without_another_is_churned(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    write(writer, story)
    assert moves(client, "2026-01-01", "2026-02-28") == [
        (9.99, 0, 0, 0, 0, 0, 9.99),
        (0, 0, 0, -9.99, 0, 0, -9.99),
    ]
    assert actives(client, "2026-01-01", "2026-02-28") == [(1, 0, 0, 1), (0, 0, 1, -1)]


def test_a_renewal_at_the_same_price_moves_nothing(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.pays("2026-02-10", "2026-03-10", "9.99")
    write(writer, story)
    assert moves(client, "2026-02-01", "2026-02-28") == [(0, 0, 0, 0, 0, 0, 0)]
    assert actives(client, "2026-02-01", "2026-02-28") == [(0, 0, 0, 0)]


def test_an_upgrade_expands_by_the_difference_and_a_downgrade_contracts(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "4.99")
    story.pays("2026-01-20", "2026-02-20", "9.99", product_id="max")
    story.pays("2026-02-20", "2026-03-20", "2.99", product_id="mini")
    write(writer, story)
    assert moves(client, "2026-01-01", "2026-02-28") == [
        (4.99, 5.0, 0, 0, 0, 0, 9.99),
        (0, 0, -7.0, 0, 0, 0, -7.0),
    ]


def test_a_monthly_that_becomes_yearly_contracts_by_what_a_month_costs_less(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "6.00")
    story.duration = "P1Y"
    story.pays("2026-02-10", "2027-02-10", "60.00", product_id="year")
    write(writer, story)
    assert moves(client, "2026-02-01", "2026-02-28") == [(0, 0, -1.0, 0, 0, 0, -1.0)]


def test_a_return_after_a_gap_is_a_reactivation(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.ends("2026-02-10")
    story.pays("2026-03-05", "2026-04-05", "12.99")
    write(writer, story)
    assert moves(client, "2026-02-01", "2026-03-31") == [
        (0, 0, 0, -9.99, 0, 0, -9.99),
        (0, 0, 0, 0, 12.99, 0, 12.99),
    ]
    assert actives(client, "2026-02-01", "2026-03-31") == [(0, 0, 1, -1), (0, 1, 0, 1)]


def test_a_return_on_the_day_of_the_end_is_no_gap(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10 08:00", "9.99")
    story.ends("2026-02-10 08:00")
    story.pays("2026-02-10 20:00", "2026-03-10", "9.99")
    write(writer, story)
    assert actives(client, "2026-02-01", "2026-02-28") == [(0, 0, 0, 0)]


def test_another_rate_at_the_same_local_price_is_fx_and_no_expansion(
    client: Client, writer: Writer
) -> None:
    story = Story()
    euros = {"currency": "EUR", "price_micros": micros("10.00")}
    story.pays("2026-01-10", "2026-02-10", "10.70", **euros)
    story.pays("2026-02-10", "2026-03-10", "11.30", **euros)
    story.pays("2026-03-10", "2026-04-10", "10.90", **euros)
    write(writer, story)
    assert moves(client, "2026-01-01", "2026-03-31") == [
        (10.7, 0, 0, 0, 0, 0, 10.7),
        (0, 0, 0, 0, 0, 0.6, 0.6),
        (0, 0, 0, 0, 0, -0.4, -0.4),
    ]


def test_another_local_price_is_an_expansion_whatever_the_rate_did(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "10.70", currency="EUR", price_micros=micros("10"))
    story.pays("2026-02-10", "2026-03-10", "13.56", currency="EUR", price_micros=micros("12"))
    write(writer, story)
    assert moves(client, "2026-02-01", "2026-02-28") == [(0, 2.86, 0, 0, 0, 0, 2.86)]


def test_the_end_of_an_intro_offer_expands(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "0.99", period_type=PeriodType.INTRO)
    story.pays("2026-02-10", "2026-03-10", "9.99")
    write(writer, story)
    assert moves(client, "2026-01-01", "2026-02-28") == [
        (0.99, 0, 0, 0, 0, 0, 0.99),
        (0, 9.0, 0, 0, 0, 0, 9.0),
    ]


def test_a_refunded_subscription_churns_when_the_money_went(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.refunds("2026-01-20", "9.99")
    write(writer, story)
    assert moves(client, "2026-01-01", "2026-02-28") == [
        (9.99, 0, 0, -9.99, 0, 0, 0),
        (0, 0, 0, 0, 0, 0, 0),
    ]


def test_a_pause_churns_and_a_resume_reactivates(client: Client, writer: Writer) -> None:
    """Play: the pause acts at the EXPIRATION, the resume is a RENEWAL."""
    story = Story(store="play_store")
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.ends("2026-02-10")
    story.pays("2026-04-10", "2026-05-10", "9.99")
    write(writer, story)
    assert actives(client, "2026-02-01", "2026-04-30") == [
        (0, 0, 1, -1),
        (0, 0, 0, 0),
        (0, 1, 0, 1),
    ]


def test_what_goes_on_in_another_segment_is_switched_at_its_worth_before(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "4.99")
    story.pays("2026-02-10", "2026-03-10", "9.99", product_id="max")
    write(writer, story)
    found = told(
        client, "mrr_movement", "segment expansion_usd switched_usd change_usd",
        "2026-02-01", "2026-02-28", segment="product",
    )  # fmt: skip
    assert found == [("max", 5.0, 4.99, 9.99), ("pro", 0, -4.99, -4.99)]


def test_new_paid_subscriptions_are_told_apart_by_how_they_began(
    client: Client, writer: Writer
) -> None:
    direct, intro, tried = Story("direct"), Story("intro"), Story("tried")
    direct.pays("2026-01-10", "2026-02-10", "9.99")
    intro.pays("2026-01-10", "2026-02-10", "0.99", period_type=PeriodType.INTRO)
    tried.tries("2026-01-10", "2026-01-17")
    tried.pays("2026-01-17", "2026-02-17", "9.99")
    write(writer, direct, intro, tried)
    columns = "new_paid_subscriptions from_trial from_intro direct"
    assert told(client, "new_paid_subscriptions", columns, "2026-01-01", "2026-01-31") == [
        (3, 1, 1, 1)
    ]


def test_churn_is_what_was_lost_of_those_active_at_the_start(
    client: Client, writer: Writer
) -> None:
    stories = [Story(f"stays{n}") for n in range(3)]
    for story in stories:
        story.pays("2026-01-10", "2026-04-10", "9.99")
    goes, returns = Story("goes"), Story("returns")
    goes.pays("2026-01-10", "2026-02-10", "9.99")
    goes.ends("2026-02-10")
    returns.pays("2025-11-10", "2025-12-10", "9.99")
    returns.ends("2025-12-10")
    returns.pays("2026-03-10", "2026-04-10", "9.99")
    write(writer, *stories, goes, returns)
    columns = "active_at_start churned resubscribed churn_rate"
    assert told(client, "churn", columns, "2026-01-01", "2026-03-31") == [
        (0, 0, 0, None),
        (4, 1, 0, 0.25),
        (3, 0, 1, -1 / 3),
    ]


def test_arr_is_twelve_times_mrr(client: Client, writer: Writer) -> None:
    story = Story(duration="P1Y")
    story.pays("2026-01-10", "2027-01-10", "60.00")
    write(writer, story)
    assert told(client, "arr", "arr_usd", "2026-01-01", "2026-01-31") == [(60.0,)]


def test_a_movement_without_a_price_in_usd_is_counted_beside_the_money(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", None)
    write(writer, story)
    found = told(client, "mrr_movement", "new_usd unpriced", "2026-01-01", "2026-01-31")
    assert found == [(0, 1)]


def test_a_segment_that_everybody_went_from_within_the_month_keeps_its_line(
    client: Client, writer: Writer
) -> None:
    story = Story("moves on")
    story.pays("2026-01-05", "2026-03-05", "9.99", product_id="a")
    story.pays("2026-03-05", "2026-03-20", "9.99", product_id="b")
    story.pays("2026-03-20", "2026-04-20", "9.99", product_id="c")
    write(writer, story)
    asked = "segment active_at_start churned churn_rate", "2026-03-01", "2026-03-31"
    assert told(client, "churn", *asked, segment="product") == [
        ("a", 1, 0, 0.0),
        ("b", 0, 0, None),
        ("c", 0, 0, None),
    ]
