"""The fold beside the oracle, in any order, and what no column must be asked to hold."""

from collections.abc import Iterable
from datetime import datetime
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from sinks.charts.columns import Row
from sinks.charts.fold.subscription import fold
from streams.contracts.event import Event
from tests.sinks.charts.fold.telling import FACTORS, telling, tellings
from tests.sinks.charts.lives import lives, retold
from tests.sinks.charts.oracle import FOR_EVER, Period, Subscription, subscriptions
from tests.sinks.charts.story import Story, moment, told_again

NOW = moment("2026-11-23 12:34:56")
PERIODS = (
    *("started_at", "ended_at", "expires_at", "patient_until", "kind", "paid", "renews", "mrr_usd_micros"),
    *("unpriced", "usd_micros", "refunded_usd_micros", "refunded_at"),
)  # fmt: skip
LARGEST = 2**63 - 1


@pytest.fixture(scope="module")
def events() -> list[Event]:
    told = lives(31, 600, NOW)
    return told + list(retold(told, Random(31)))


def folded(events: Iterable[Event]) -> dict[object, Row]:
    return {row["subscription_id"]: row for row in fold(tellings(events), FACTORS)}


def seconds(at: datetime | None) -> int:
    return 0 if at is None else int(at.timestamp())


def shown(row: Row) -> dict[str, Any]:
    columns: list[Any] = [row[f"periods.{name}"] for name in PERIODS]
    refunds: list[Any] = [row[f"refunds.{name}"] for name in ("at", "usd_micros", "whole")]
    issues: list[Any] = [row[f"issues.{name}"] for name in ("at", "recovered_at")]
    return {
        "customer": row["customer_id"],
        "first_seen": row["first_seen_at"],
        "periods": list(zip(*columns, strict=True)),
        "refunds": sorted(zip(*refunds, strict=True)),
        "issues": list(zip(*issues, strict=True)),
        "cancels": row["cancels.reason"],
    }


def true(one: Subscription) -> dict[str, Any]:
    return {
        "customer": one.customer,
        "first_seen": seconds(one.first_seen),
        "periods": [true_period(period) for period in one.periods],
        "refunds": sorted((seconds(r.at), r.usd, r.whole) for r in one.refunds),
        "issues": [(seconds(issue.at), seconds(issue.recovered_at)) for issue in one.issues],
        "cancels": [event.cancel_reason or "" for event, _ in one.cancels],
    }


def true_period(period: Period) -> tuple[object, ...]:
    return (
        *map(seconds, (period.start, period.end, period.expires, period.patient_until)),
        *(period.kind, period.paid, period.renews, period.mrr, period.unpriced),
        *(period.usd, period.refunded_usd, seconds(period.refunded_at)),
    )


def test_every_subscription_is_what_the_oracle_says(events: list[Event]) -> None:
    found = folded(events)
    expected = {one.periods[0].payment.subscription_id: one for one in subscriptions(events)}
    assert found.keys() == expected.keys()
    assert len(found) > 600
    for name, one in expected.items():
        assert shown(found[name]) == true(one), name


def test_any_order_and_any_repetition_gives_the_same_rows(events: list[Event]) -> None:
    some = events[:1_000]
    expected = folded(some)
    for seed in (1, 2, 3):
        told = some + Random(seed).sample(some, 200)
        Random(seed).shuffle(told)
        assert folded(told) == expected


def test_one_more_event_or_a_later_telling_of_one_makes_the_version_greater() -> None:
    story = Story()
    first = story.pays("2026-01-01", "2026-02-01", "4.99")
    again = told_again(first, received_at=moment("2026-03-01"), price_usd_micros=1)
    story.pays("2026-02-01", "2026-03-01", "4.99")
    versions: list[Any] = [
        folded(told)[first.subscription_id]["version"]
        for told in ([first], story.events, [*story.events, again])
    ]
    assert versions == sorted(set(versions))


def test_of_one_version_what_was_written_last_counts() -> None:
    """An erasure writes an event again, with nothing newer in it but another name."""
    story = Story(customer="ann")
    event = story.pays("2026-01-01", "2026-02-01", "4.99")
    named, erased = telling(event, written=1), telling(event, written=2)
    erased = replace(erased, customer_id="erased-1")
    for told in ([named, erased], [erased, named]):
        (row,) = fold(told, FACTORS)
        assert row["customer_id"] == "erased-1"


def test_two_subscriptions_of_one_key_stay_two() -> None:
    one, other = Story("1"), Story("2")
    one.pays("2026-01-01", "2026-02-01", "1.00")
    other.pays("2026-01-01", "2026-02-01", "2.00")
    told = [replace(each, sub_key=7) for each in tellings([*one.events, *other.events])]
    assert [row["periods.usd_micros"] for row in fold(told, FACTORS)] == [[1_000_000], [2_000_000]]


def test_absurd_prices_and_refunds_stay_within_what_a_column_holds() -> None:
    story = Story(duration="P1D")
    story.pays("2026-01-01", "2026-01-02", "1.00", price_usd_micros=LARGEST)
    for name in ("r1", "r2"):
        story.refunds("2026-01-01 12:00", None, price_usd_micros=-LARGEST - 1, refund=name)
    row: dict[str, Any] = folded(story.events)[story.key]
    assert row["periods.mrr_usd_micros"] == [LARGEST]
    assert row["periods.refunded_usd_micros"] == [LARGEST]
    assert row["refunds.usd_micros"] == [LARGEST, LARGEST]


def test_times_past_what_a_column_holds_are_for_ever() -> None:
    story = Story()
    story.pays("2026-01-01", "2299-01-01", "4.99")
    row: dict[str, Any] = folded(story.events)[story.key]
    assert row["last_end"] == row["periods.expires_at"][0] == seconds(FOR_EVER)
    assert row["periods.patient_until"] == [0]


def test_what_names_no_payment_makes_no_row() -> None:
    story = Story()
    story.ends("2026-01-01")
    assert folded(story.events) == {}
