"""Money that came and went, by hand, with literals."""

from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from streams.contracts.ids import CustomerId
from streams.contracts.words import PeriodType
from tests.sinks.charts.asking import told, write
from tests.sinks.charts.story import Story

REVENUE = "gross_usd refunded_usd revenue_usd"


def test_revenue_is_what_was_paid_less_what_went_back_on_the_day_of_the_payment(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.pays("2026-02-10", "2026-03-10", "9.99")
    story.refunds("2026-02-12", "4.00", of=1)
    write(writer, story)
    found = told(client, "revenue", REVENUE, "2026-01-01", "2026-02-28")
    assert found == [(9.99, 4.0, 5.99), (9.99, 0, 9.99)]


def test_refunds_may_count_on_their_own_day(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.refunds("2026-02-12", "4.00")
    write(writer, story)
    found = told(client, "revenue", REVENUE, "2026-01-01", "2026-02-28", refunds_on="refund")
    assert found == [(9.99, 0, 9.99), (0, 4.0, -4.0)]


def test_a_refund_undone_never_was(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.refunds("2026-01-12", "9.99")
    story.refund_is_undone("2026-01-20")
    write(writer, story)
    assert told(client, "revenue", REVENUE, "2026-01-01", "2026-01-31") == [(9.99, 0, 9.99)]
    assert told(client, "refunds", "refunds refunded_usd", "2026-01-01", "2026-01-31") == [(0, 0)]


def test_new_is_a_customers_first_payment_and_renewal_is_every_other(
    client: Client, writer: Writer
) -> None:
    one, other = Story("one"), Story("other", product="max")
    one.pays("2026-01-10", "2026-02-10", "9.99")
    one.pays("2026-02-10", "2026-03-10", "9.99")
    other.pays("2026-02-15", "2026-03-15", "4.99")
    write(writer, one, other)
    found = told(client, "revenue", "new_usd renewal_usd", "2026-01-01", "2026-02-28")
    assert found == [(9.99, 0), (0, 14.98)]


def test_a_second_name_of_a_customer_makes_no_second_first_payment(
    client: Client, writer: Writer
) -> None:
    before, after = Story("before", customer="anonymous"), Story("after", customer="ann")
    before.pays("2026-01-10", "2026-02-10", "9.99")
    after.pays(
        "2026-02-15", "2026-03-15", "4.99", aliases=(CustomerId("ann"), CustomerId("anonymous"))
    )
    write(writer, before, after)
    assert told(client, "revenue", "new_usd", "2026-01-01", "2026-02-28") == [(9.99,), (0,)]
    found = told(client, "new_paying_customers", "new_paying_customers", "2026-01-01", "2026-02-28")
    assert found == [(1,), (0,)]


def test_proceeds_are_without_tax_and_commission(client: Client, writer: Writer) -> None:
    """RevenueCat's own example: 100 with 20 % VAT, and 30 % of the net to the store."""
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "100", tax_bp=1667, commission_bp=2500)
    write(writer, story)
    columns = "gross_usd net_of_tax_usd proceeds_usd"
    assert told(client, "revenue", columns, "2026-01-01", "2026-01-31") == [(100.0, 83.33, 58.33)]


def test_what_went_back_leaves_no_proceeds(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "100", tax_bp=0, commission_bp=3000)
    story.refunds("2026-01-20", "50")
    write(writer, story)
    assert told(client, "revenue", "proceeds_usd", "2026-01-01", "2026-01-31") == [(35.0,)]


def test_one_time_purchases_are_revenue_and_never_mrr(client: Client, writer: Writer) -> None:
    story = Story(product="coins")
    story.buys("2026-01-10", "4.99")
    write(writer, story)
    assert told(client, "revenue", REVENUE, "2026-01-01", "2026-01-31") == [(4.99, 0, 4.99)]
    assert told(client, "mrr", "mrr_usd", "2026-01-01", "2026-01-31") == [(0,)]
    columns = "purchases gross_usd refunded_usd unpriced"
    found = told(client, "non_subscription_purchases", columns, "2026-01-01", "2026-01-31")
    assert found == [(1, 4.99, 0, 0)]


def test_a_payment_without_a_rate_is_counted_and_worth_nothing(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", None)
    write(writer, story)
    columns = "payments gross_usd unpriced"
    assert told(client, "revenue", columns, "2026-01-01", "2026-01-31") == [(1, 0, 1)]


def test_grants_family_sharing_and_trials_are_no_revenue(client: Client, writer: Writer) -> None:
    grant, family, trial = Story("grant"), Story("family"), Story("trial")
    grant.buys("2026-01-10", "9.99", period_type=PeriodType.PROMOTIONAL)
    family.pays("2026-01-10", "2026-02-10", "9.99", is_family_share=True)
    trial.tries("2026-01-10", "2026-01-17")
    write(writer, grant, family, trial)
    assert told(client, "revenue", "payments gross_usd", "2026-01-01", "2026-01-31") == [(0, 0)]


def test_the_refund_rate_is_of_the_payments_that_were_made(client: Client, writer: Writer) -> None:
    whole, part, kept, trial = Story("whole"), Story("part"), Story("kept"), Story("trial")
    for story in (whole, part, kept):
        story.pays("2026-01-10", "2026-02-10", "9.99")
    whole.refunds("2026-03-01", "9.99")
    part.refunds("2026-01-11", "1.00")
    trial.tries("2026-01-10", "2026-01-17")
    write(writer, whole, part, kept, trial)
    columns = "payments refunded refunded_in_part refund_rate"
    assert told(client, "refund_rate", columns, "2026-01-01", "2026-02-28") == [
        (3, 1, 1, 1 / 3),
        (0, 0, 0, None),
    ]


def test_refunds_are_of_the_day_on_which_the_money_went_back(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.refunds("2026-02-01", "4.00", refund="r1")
    story.refunds("2026-02-02", "5.99", refund="r2")
    write(writer, story)
    columns = "refunds whole refunded_usd"
    assert told(client, "refunds", columns, "2026-01-01", "2026-02-28") == [(0, 0, 0), (2, 1, 9.99)]


def test_a_refund_of_no_told_amount_is_of_the_whole_price(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.refunds("2026-01-12", None)
    write(writer, story)
    assert told(client, "revenue", REVENUE, "2026-01-01", "2026-01-31") == [(9.99, 9.99, 0)]
