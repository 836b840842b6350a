"""What the fold is made from: the tables give of each event what was told, and the factors as they are."""

import pytest
from clickhouse_connect.driver.client import Client
from msgspec.structs import replace

from sinks.charts.fold.told import Telling, newest
from sinks.charts.fold_source import read_factors, told_between, told_of
from sinks.charts.rows import SubscriptionKey
from sinks.charts.writer import Writer
from streams.contracts.errors import ConfigError
from streams.contracts.event import Event
from streams.contracts.words import PeriodType
from tests.sinks.charts.asking import tell
from tests.sinks.charts.fold.telling import FACTORS, tellings
from tests.sinks.charts.lives import lives
from tests.sinks.charts.story import Story, moment

ALL = (0, 2**64 - 1)


def latest(told: list[Telling]) -> list[Telling]:
    """Of each event, but for when it was written."""
    return [
        replace(one, written=0)
        for life in sorted(newest(told), key=lambda life: life[0].told.subscription_id)
        for one in life
    ]


def life() -> list[Event]:
    """With every kind of value that a column holds, and none."""
    story = Story("é\n\\\"'", country=None, duration=None, customer="ann 日本")
    story.pays(
        "2026-01-01", "2026-02-01", None, price_micros=2**63 - 1, tax_bp=-5, is_family_share=True
    )
    story.pays(
        "2026-01-02",
        "2299-12-31",
        "4.99",
        product_id=None,
        period_type=PeriodType.INTRO,
        offer_type="win_back",
    )
    story.fails("2026-02-01 00:00:01", None)
    story.refunds("2026-02-02", None)
    story.ends("2026-02-03", notification_id="")
    return story.events  # fmt: skip


def test_the_table_gives_of_each_event_what_was_told(client: Client, writer: Writer) -> None:
    events = [*life(), *lives(5, 60, moment("2026-11-23"))]
    tell(writer, events)
    assert latest(told_between(client, *ALL)) == latest(tellings(events))


def test_nothing_is_given_but_of_the_subscriptions_asked_for(
    client: Client, writer: Writer
) -> None:
    one, other = Story("1"), Story("2")
    for story in (one, other):
        story.pays("2026-01-01", "2026-02-01", "4.99")
    tell(writer, [*one.events, *other.events])
    tell(writer, one.events)
    asked = tellings(one.events)[0]
    key = SubscriptionKey(asked.app_id, asked.environment, asked.sub_key)
    assert latest(told_of(client, [key])) == [asked]


def test_of_two_subscriptions_with_one_hash_each_keeps_its_app(
    client: Client, writer: Writer
) -> None:
    one, other = Story("1"), Story("2", app="reef")
    for story in (one, other):
        story.pays("2026-01-01", "2026-02-01", "4.99")
    tell(writer, [*one.events, *other.events])
    hashed, theirs = (tellings(story.events)[0] for story in (one, other))
    client.command(
        "INSERT INTO told_events SELECT * REPLACE ({hash:UInt64} AS sub_key) FROM told_events WHERE app_id = 'reef'",
        parameters={"hash": hashed.sub_key},
    )
    asked = SubscriptionKey(hashed.app_id, hashed.environment, hashed.sub_key)
    given = [hashed, replace(theirs, sub_key=hashed.sub_key)]
    assert latest(told_of(client, [asked])) == latest(given)
    of_reef = SubscriptionKey(theirs.app_id, theirs.environment, hashed.sub_key)
    assert latest(told_of(client, [asked, of_reef])) == latest(given)


def test_nothing_is_given_of_a_subscription_that_nobody_told_of(client: Client) -> None:
    assert told_of(client, [SubscriptionKey("tide", "PRODUCTION", 1)]) == []


def test_factors_are_those_of_the_migrations(client: Client) -> None:
    assert read_factors(client) == FACTORS


def test_a_factor_that_divides_by_nothing_is_named(client: Client) -> None:
    client.command("INSERT INTO mrr_durations VALUES ('P9D', 1, 0)")
    try:
        with pytest.raises(ConfigError, match="mrr_durations: a denominator of 0"):
            read_factors(client)
    finally:
        client.command("DELETE FROM mrr_durations WHERE duration = 'P9D'")
