"""When a period counts, by hand: one small life each, with what the charts must say as literals."""

from dataclasses import replace

from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from streams.contracts.words import PeriodType
from tests.sinks.charts.asking import active, mrr, tell, write
from tests.sinks.charts.story import Story, moment


def test_a_paid_month_counts_from_its_first_day_to_the_day_before_its_last(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10 23:59", "2026-01-13 00:00", "9.99")
    write(writer, story)
    assert mrr(client, "2026-01-09", "2026-01-14") == [0, 9_990_000, 9_990_000, 9_990_000, 0, 0]
    assert active(client, "2026-01-09", "2026-01-14") == [0, 1, 1, 1, 0, 0]


def test_a_period_that_begins_and_ends_on_one_day_never_counts(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-10 08:00", "2026-01-10 20:00", "9.99")
    write(writer, story)
    assert mrr(client, "2026-01-09", "2026-01-11") == [0, 0, 0]


def test_a_trial_counts_only_once_it_is_paid(client: Client, writer: Writer) -> None:
    story = Story()
    story.tries("2026-01-01", "2026-01-03")
    story.pays("2026-01-03", "2026-02-03", "4.99")
    write(writer, story)
    assert mrr(client, "2026-01-01", "2026-01-04") == [0, 0, 4_990_000, 4_990_000]
    assert active(client, "2026-01-01", "2026-01-04") == [0, 0, 1, 1]


def test_a_cancelled_subscription_is_active_until_it_expires(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-01-05", "4.99")
    story.cancels("2026-01-02")
    write(writer, story)
    assert active(client, "2026-01-01", "2026-01-06") == [1, 1, 1, 1, 0, 0]


def test_an_early_expiration_ends_it_when_the_store_ended_it(
    client: Client, writer: Writer
) -> None:
    story = Story(store="stripe")
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.ends("2026-01-03 12:00", expires_at=None)
    write(writer, story)
    assert active(client, "2026-01-01", "2026-01-04") == [1, 1, 0, 0]


def test_a_late_expiration_does_not_lengthen_what_had_run_out(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-01-03", "4.99")
    story.ends("2026-01-06 12:00", expires_at=None)
    write(writer, story)
    assert active(client, "2026-01-01", "2026-01-04") == [1, 1, 0, 0]


def test_grace_keeps_it_active_until_grace_ends(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.fails("2026-02-01 00:01", grace="2026-02-04")
    write(writer, story)
    assert active(client, "2026-01-31", "2026-02-05") == [1, 1, 1, 1, 0, 0]


def test_grace_that_is_told_late_gives_its_days_back(client: Client, writer: Writer) -> None:
    """The store was asked when grace was over: it knew of a failed charge and of the term's end alone."""
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    failed, ended = story.fails("2026-02-04 00:01", grace=None), story.ends("2026-02-01")
    write(writer, story)
    assert active(client, "2026-01-31", "2026-02-05") == [1, 0, 0, 0, 0, 0]
    at, grace, later = moment("2026-02-01 00:01"), moment("2026-02-04"), moment("2026-02-06")
    failed = replace(failed, occurred_at=at, grace_expires_at=grace, received_at=later)
    tell(writer, [failed, replace(ended, occurred_at=grace, received_at=later)])
    assert active(client, "2026-01-31", "2026-02-05") == [1, 1, 1, 1, 0, 0]


def test_a_failed_charge_without_grace_lengthens_nothing(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.fails("2026-02-01 00:01", grace=None)
    story.ends("2026-02-01")
    write(writer, story)
    assert active(client, "2026-01-31", "2026-02-02") == [1, 0, 0]


def test_recovery_within_grace_counts_one_subscription_once(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.fails("2026-02-01 00:01", grace="2026-02-17")
    story.pays("2026-02-03", "2026-03-03", "5.99")
    write(writer, story)
    assert mrr(client, "2026-02-01", "2026-02-04") == [4_990_000, 4_990_000, 5_990_000, 5_990_000]
    assert active(client, "2026-02-01", "2026-02-04") == [1, 1, 1, 1]


def test_past_due_is_grace_without_an_end(client: Client, writer: Writer) -> None:
    """Stripe: the failed charge is about a period that was never paid, and no end is said."""
    story = Story(store="stripe")
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.fails("2026-02-01 01:00", grace=None, period="1769904000", expires_at=None)
    write(writer, story)
    assert active(client, "2026-01-31", "2026-02-03") == [1, 1, 1, 1]
    assert active(client, "2026-06-01", "2026-06-01") == [1]


def test_past_due_ends_with_its_expiration(client: Client, writer: Writer) -> None:
    story = Story(store="stripe")
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.fails("2026-02-01 01:00", grace=None, period="1769904000")
    story.ends("2026-02-15 09:00", period="1769904000", expires_at=None, transaction_id="t1")
    write(writer, story)
    assert active(client, "2026-02-13", "2026-02-16") == [1, 1, 0, 0]


def test_past_due_ends_with_the_payment_of_the_period_that_failed(
    client: Client, writer: Writer
) -> None:
    """The late RENEWAL starts where the old period ended: no gap, and no end open behind it."""
    story = Story(store="stripe")
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.fails("2026-02-01 01:00", grace=None, period="p2")
    story.pays("2026-02-01", "2026-03-01", "4.99", period="p2", occurred_at=moment("2026-02-09"))
    write(writer, story)
    assert active(client, "2026-01-31", "2026-02-02") == [1, 1, 1]
    assert active(client, "2026-02-28", "2026-03-02") == [1, 0, 0]


def test_a_payment_after_access_ended_overtakes_the_expiration_of_its_period(
    client: Client, writer: Writer
) -> None:
    """Stripe: unpaid on the 5th, paid on the 9th; the paid period is not cut at the 5th."""
    story = Story(store="stripe")
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.ends("2026-02-05", period="p2", expires_at=None)
    story.pays("2026-02-01", "2026-03-01", "4.99", period="p2", occurred_at=moment("2026-02-09"))
    write(writer, story)
    assert active(client, "2026-02-04", "2026-02-11") == [1] * 8


def test_an_upgrade_at_once_cuts_the_old_period(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.changes("2026-01-03", "max")
    story.pays("2026-01-03", "2026-02-03", "9.99", product_id="max")
    write(writer, story)
    assert mrr(client, "2026-01-02", "2026-01-04") == [4_990_000, 9_990_000, 9_990_000]
    assert active(client, "2026-01-02", "2026-01-04") == [1, 1, 1]


def test_a_planned_change_moves_nothing_until_the_renewal(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "9.99")
    story.changes("2026-01-03", "mini")
    story.pays("2026-02-01", "2026-03-01", "4.99", product_id="mini")
    write(writer, story)
    assert mrr(client, "2026-01-31", "2026-02-01") == [9_990_000, 4_990_000]


def test_an_extension_moves_the_expiry(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.extends("2026-01-20", until="2026-02-03")
    write(writer, story)
    assert active(client, "2026-01-31", "2026-02-03") == [1, 1, 1, 0]


def test_a_return_after_a_gap_counts_again(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-01-03", "4.99")
    story.ends("2026-01-03")
    story.pays("2026-01-05", "2026-02-05", "4.99")
    write(writer, story)
    assert active(client, "2026-01-02", "2026-01-06") == [1, 0, 0, 1, 1]


def test_an_expiration_told_before_its_late_renewal_ends_the_renewed_period(
    client: Client, writer: Writer
) -> None:
    """It carries the transaction of the period before, which was the last one known."""
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    story.ends("2026-03-01", period="p2", transaction_id="t1")
    story.pays("2026-02-01", "2026-03-01", "4.99")
    write(writer, story)
    assert active(client, "2026-01-31", "2026-02-02") == [1, 1, 1]
    assert active(client, "2026-02-28", "2026-03-01") == [1, 0]


def test_family_sharing_promotional_grants_and_free_periods_do_not_count(
    client: Client, writer: Writer
) -> None:
    family, grant, free = Story("family"), Story("grant"), Story("free")
    family.pays("2026-01-01", "2026-02-01", "4.99", is_family_share=True)
    grant.pays("2026-01-01", "2026-02-01", "4.99", period_type=PeriodType.PROMOTIONAL)
    free.pays("2026-01-01", "2026-02-01", "0")
    write(writer, family, grant, free)
    assert active(client, "2026-01-10", "2026-01-10") == [0]
