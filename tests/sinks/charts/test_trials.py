"""Trials, by hand, with literals."""

from datetime import timedelta

from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from tests.sinks.charts.asking import days, told, write
from tests.sinks.charts.frozen import frozen
from tests.sinks.charts.story import Story, moment

CONVERSION = "trials converted pending abandoned conversion_rate incomplete"


def test_a_trial_is_active_until_it_expires_though_auto_renew_is_off(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.tries("2026-01-01", "2026-01-04")
    story.cancels("2026-01-02")
    write(writer, story)
    found = days(client, "active_trials", "active_trials", "2025-12-31", "2026-01-05")
    assert found == [0, 1, 1, 1, 0, 0]


def test_trials_move_by_those_that_begin_less_those_that_end(
    client: Client, writer: Writer
) -> None:
    stays, goes = Story("stays"), Story("goes")
    stays.tries("2026-01-25", "2026-02-01")
    stays.pays("2026-02-01", "2026-03-01", "9.99")
    goes.tries("2026-01-25", "2026-02-01")
    goes.ends("2026-02-01")
    write(writer, stays, goes)
    columns = "new_trials ended_trials converted_trials change"
    found = told(client, "trials_movement", columns, "2026-01-01", "2026-02-28")
    assert found == [(2, 0, 0, 2), (0, 2, 1, -2)]
    assert told(client, "new_trials", "new_trials", "2026-01-01", "2026-02-28") == [(2,), (0,)]


def test_a_trial_is_converted_pending_or_abandoned(client: Client, writer: Writer) -> None:
    now = moment("2026-01-20 12:00")
    stories = {name: Story(name) for name in ("pays", "tries", "stops", "ends")}
    for story in stories.values():
        story.tries("2026-01-15", "2026-01-22")
    stories["pays"].pays("2026-01-18", "2026-02-18", "9.99")
    stories["stops"].cancels("2026-01-16")
    stories["ends"].ends("2026-01-17")
    write(writer, *stories.values())
    with frozen(client, now, "trial_conversion"):
        found = told(client, "trial_conversion", CONVERSION, "2026-01-01", "2026-01-20")
    assert found == [(4, 1, 1, 2, 0.25, True)]


def test_a_trial_whose_auto_renew_is_on_again_is_pending(client: Client, writer: Writer) -> None:
    story = Story()
    story.tries("2026-01-15", "2026-01-22")
    story.cancels("2026-01-16")
    story.renews_after_all("2026-01-17")
    write(writer, story)
    with frozen(client, moment("2026-01-20"), "trial_conversion"):
        found = told(client, "trial_conversion", "pending abandoned", "2026-01-01", "2026-01-20")
    assert found == [(1, 0)]


def test_an_expired_trial_is_pending_until_somebody_has_answered_for_a_day_at_most(
    client: Client, writer: Writer
) -> None:
    story = Story()
    story.tries("2026-01-15", "2026-01-22")
    write(writer, story)
    for hours, expected in ((23, (1, 0)), (25, (0, 1))):
        with frozen(client, moment("2026-01-22") + timedelta(hours=hours), "trial_conversion"):
            found = told(
                client, "trial_conversion", "pending abandoned", "2026-01-01", "2026-01-31"
            )
        assert found == [expected]


def test_a_first_payment_that_went_back_is_no_conversion(client: Client, writer: Writer) -> None:
    story = Story()
    story.tries("2026-01-01", "2026-01-08")
    story.pays("2026-01-08", "2026-02-08", "9.99")
    story.refunds("2026-01-10", "9.99")
    write(writer, story)
    found = told(client, "trial_conversion", CONVERSION, "2026-01-01", "2026-01-31")
    assert found == [(1, 0, 0, 1, 0.0, False)]


def test_a_first_payment_refunded_in_part_is_a_conversion(client: Client, writer: Writer) -> None:
    story = Story()
    story.tries("2026-01-01", "2026-01-08")
    story.pays("2026-01-08", "2026-02-08", "9.99")
    story.refunds("2026-01-10", "2.00")
    write(writer, story)
    found = told(client, "trial_conversion", CONVERSION, "2026-01-01", "2026-01-31")
    assert found == [(1, 1, 0, 0, 1.0, False)]


def test_trials_without_any_have_no_rate(client: Client) -> None:
    found = told(client, "trial_conversion", CONVERSION, "2026-01-01", "2026-01-31")
    assert found == [(0, 0, 0, 0, None, False)]
