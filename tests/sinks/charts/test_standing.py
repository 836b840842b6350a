"""Failed charges, cancellations and what is active now, by hand, with literals."""

from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from streams.contracts.words import Reason
from tests.sinks.charts.asking import told, write
from tests.sinks.charts.frozen import frozen
from tests.sinks.charts.story import Story, moment

RECOVERY = "issues recovered recovery_rate days_to_recover incomplete"


def test_a_failed_charge_is_recovered_by_the_payment_that_follows(
    client: Client, writer: Writer
) -> None:
    back, lost = Story("back"), Story("lost")
    for story in (back, lost):
        story.pays("2026-01-10", "2026-02-10", "9.99")
        story.fails("2026-02-10", grace="2026-02-26")
    back.pays("2026-02-14", "2026-03-14", "9.99")
    write(writer, back, lost)
    found = told(client, "billing_recovery", RECOVERY, "2026-02-01", "2026-02-28")
    assert found == [(2, 1, 0.5, 4.0, False)]


def test_a_payment_after_the_window_recovers_nothing(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.fails("2026-02-10", grace=None)
    story.pays("2026-02-18", "2026-03-18", "9.99")
    write(writer, story)
    for window, recovered in (("7", 0), ("8", 1)):
        found = told(
            client, "billing_recovery", "recovered", "2026-02-01", "2026-02-28", window_days=window
        )
        assert found == [(recovered,)]


def test_a_late_payment_of_past_due_recovers_when_it_was_made(
    client: Client, writer: Writer
) -> None:
    """Stripe dates the period from the old end on; the money came on the 20th."""
    story = Story(store="stripe")
    story.pays("2026-01-10", "2026-02-10", "9.99")
    story.fails("2026-02-10", grace=None, period="p2")
    story.pays("2026-02-10", "2026-03-10", "9.99", occurred_at=moment("2026-02-20"))
    write(writer, story)
    found = told(
        client, "billing_recovery", "recovered days_to_recover", "2026-02-01", "2026-02-28"
    )
    assert found == [(1, 10.0)]


def test_cancellations_are_counted_by_their_reason(client: Client, writer: Writer) -> None:
    one, other = Story("one"), Story("other")
    for story in (one, other):
        story.pays("2026-01-10", "2026-02-10", "9.99")
    one.cancels("2026-01-12")
    one.renews_after_all("2026-01-13")
    one.cancels("2026-01-14")
    other.cancels("2026-01-15", Reason.PRICE_INCREASE)
    other.refunds("2026-01-16", "9.99")
    write(writer, one, other)
    found = told(client, "cancel_reasons", "reason cancellations", "2026-01-01", "2026-01-31")
    assert found == [("UNSUBSCRIBE", 2), ("CUSTOMER_SUPPORT", 1), ("PRICE_INCREASE", 1)]


def test_what_is_active_now_is_set_to_renew_set_to_cancel_or_in_a_billing_issue(
    client: Client, writer: Writer
) -> None:
    renews, stops, fails, trial = Story("renews"), Story("stops"), Story("fails"), Story("trial")
    for story in (renews, stops):
        story.pays("2026-01-10", "2026-02-10", "9.99")
    stops.cancels("2026-01-12")
    fails.pays("2025-12-15", "2026-01-15", "4.99")
    fails.fails("2026-01-15", grace="2026-01-31")
    trial.tries("2026-01-18", "2026-01-25")
    write(writer, renews, stops, fails, trial)
    columns = "status active_subscriptions active_trials mrr_usd"
    with frozen(client, moment("2026-01-20"), "subscription_status"):
        found = told(client, "subscription_status", columns, "2026-01-01", "2026-01-31")
    assert found == [
        ("billing_issue", 1, 0, 4.99),
        ("set_to_cancel", 1, 0, 9.99),
        ("set_to_renew", 1, 1, 9.99),
    ]


def test_status_is_of_now_and_of_no_past_range(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-10", "2026-02-10", "9.99")
    write(writer, story)
    with frozen(client, moment("2026-01-20"), "subscription_status"):
        assert told(client, "subscription_status", "status", "2025-12-01", "2025-12-31") == []
