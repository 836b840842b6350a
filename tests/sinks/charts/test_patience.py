"""What counts between an expiry and the answer to what followed it, by hand, at a clock that stands."""

from datetime import timedelta

from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from tests.sinks.charts.asking import active, mrr, write
from tests.sinks.charts.frozen import frozen
from tests.sinks.charts.story import Story, moment

EXPIRY = moment("2026-03-10 23:50")
PAID = EXPIRY + timedelta(minutes=70)
NUMBER = 1_000
WHOLE = NUMBER * 9_990_000


def subscribed(store: str = "app_store") -> list[Story]:
    stories = [Story(str(number), store=store) for number in range(NUMBER)]
    for story in stories:
        story.pays("2026-02-10 23:50", EXPIRY, "9.99")
    return stories


def seen(client: Client) -> set[int]:
    """MRR of the 9th to the 12th of March, as far as these have come, each time that somebody may look."""
    found = set()
    for minutes in (-5, 0, 9, 10, 69, 70, 300):
        with frozen(client, EXPIRY + timedelta(minutes=minutes), "mrr"):
            found |= set(mrr(client, "2026-03-09", "2026-03-12"))
    return found


def test_a_thousand_renewals_at_2350_paid_70_minutes_later_make_no_dip(
    client: Client, writer: Writer
) -> None:
    """The period that was paid late begins when it was paid, on the next day."""
    stories = subscribed()
    write(writer, *stories)
    assert seen(client) == {WHOLE}
    for story in stories:
        story.pays(PAID, "2026-04-10 23:50", "9.99")
    write(writer, *stories)
    assert seen(client) == {WHOLE}


def test_nor_do_those_that_the_store_dates_back_to_the_expiry(
    client: Client, writer: Writer
) -> None:
    stories = subscribed("stripe")
    write(writer, *stories)
    for story in stories:
        story.pays(EXPIRY, "2026-04-10 23:50", "9.99", occurred_at=PAID)
    write(writer, *stories)
    assert seen(client) == {WHOLE}


def test_nobody_is_waited_for_longer_than_a_day(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-02-10 23:50", EXPIRY, "9.99")
    write(writer, story)
    with frozen(client, EXPIRY + timedelta(hours=23, minutes=59), "active_subscriptions"):
        assert active(client, "2026-03-09", "2026-03-11") == [1, 1, 1]
    with frozen(client, EXPIRY + timedelta(hours=24), "active_subscriptions"):
        assert active(client, "2026-03-09", "2026-03-11") == [1, 0, 0]


def test_an_answer_ends_the_patience(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-02-10 23:50", EXPIRY, "9.99")
    story.ends(EXPIRY)
    write(writer, story)
    with frozen(client, EXPIRY + timedelta(minutes=5), "active_subscriptions"):
        assert active(client, "2026-03-09", "2026-03-11") == [1, 0]


def test_nobody_waits_for_what_was_cancelled(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-02-10 23:50", EXPIRY, "9.99")
    story.cancels("2026-03-01")
    write(writer, story)
    with frozen(client, EXPIRY + timedelta(minutes=5), "active_subscriptions"):
        assert active(client, "2026-03-09", "2026-03-11") == [1, 0]


def test_after_grace_patience_goes_on_for_a_day(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-02-10 23:50", EXPIRY, "9.99")
    story.fails(EXPIRY, grace="2026-03-20")
    write(writer, story)
    with frozen(client, moment("2026-03-20 12:00"), "active_subscriptions"):
        assert active(client, "2026-03-19", "2026-03-20") == [1, 1]
    with frozen(client, moment("2026-03-21 12:00"), "active_subscriptions"):
        assert active(client, "2026-03-19", "2026-03-21") == [1, 0, 0]


def test_a_renewal_later_than_a_day_leaves_a_gap(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-02-10 23:50", EXPIRY, "9.99")
    story.pays("2026-03-12 12:00", "2026-04-12", "9.99")
    write(writer, story)
    assert active(client, "2026-03-09", "2026-03-12") == [1, 0, 0, 1]
