"""The billing rule: an app's own posts and nothing else; each test quotes what it holds us to."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.money import Money, Rate
from streams.contracts.outcome import BillableMonth, Outcome, OutcomeKind, Shipping
from streams.contracts.words import Origin
from streams.normalize.money import RateTable
from streams.receipts.last_received import ship
from tests.streams.receipts.make import APP, NOON, outcome, posted

DOLLARS = Money(micros=9_990_000, currency="USD")
EUROS = Money(micros=10_000_000, currency="EUR")
RATES = RateTable()
RATES.add(Rate(currency="EUR", day="2026-11-22", usd_micros=1_100_000))


def shipped(*outcomes: Outcome) -> Shipping:
    value: Shipping | None = None
    for each in outcomes:
        value = ship(value, each, RATES)
    assert value is not None
    return value


def month(purchases: int, usd: int, unpriced: int = 0, name: str = "2026-11") -> BillableMonth:
    return BillableMonth(month=name, purchases=purchases, usd_micros=usd, unpriced=unpriced)


def test_the_first_purchase_that_the_backend_posts_as_production_ships_the_app() -> None:
    """ "`shipped_at` is set once, by the first purchase that the app's own backend posts as
    PRODUCTION." """
    later = posted(NOON + timedelta(days=1), price=DOLLARS)
    value = shipped(posted(price=DOLLARS), later)
    assert (value.app_id, value.shipped_at) == (APP, NOON)


def test_the_first_post_is_the_earliest_whichever_is_applied_first() -> None:
    later = posted(NOON + timedelta(seconds=1))
    assert shipped(later, posted()).shipped_at == NOON


def test_a_post_that_does_not_say_production_ships_nothing_and_costs_nothing() -> None:
    """ "A post without environment tracks both and never ships." """
    assert shipped(posted(ships=False, price=DOLLARS)) == Shipping(app_id=APP)


@pytest.mark.parametrize("kind", [kind for kind in OutcomeKind if kind is not OutcomeKind.POSTED])
def test_notifications_and_whatever_else_happened_add_nothing(kind: OutcomeKind) -> None:
    """ "Notifications, track-new, refresh, renewals, imports and backfill add nothing to either." """
    value = shipped(posted(price=DOLLARS))
    told = outcome(kind, 5, tracked=True, ships=True, price=DOLLARS, origin=Origin.POST)
    assert ship(value, told, RATES) == value


@pytest.mark.parametrize("origin", [origin for origin in Origin if origin is not Origin.POST])
def test_what_is_not_the_backends_own_post_adds_nothing(origin: Origin) -> None:
    told = posted(price=DOLLARS, origin=origin)
    assert shipped(told) == Shipping(app_id=APP)


def test_the_same_posts_with_and_without_notifications_give_the_same() -> None:
    """ "... the same posts with and without any notifications give the same plan, the same
    shipped_at, the same figure." """
    posts = [posted(NOON + timedelta(days=n), price=DOLLARS) for n in range(3)]
    others = [outcome(kind, n, tracked=True) for n, kind in enumerate(OutcomeKind)]
    mixed = [*others, posts[0], *others, posts[1], *others, posts[2], *others]
    assert shipped(*mixed) == shipped(*posts)


def test_a_months_figure_is_the_count_and_usd_of_its_posts() -> None:
    """ "A month's billable figure is the count and USD of such posts." """
    value = shipped(posted(price=DOLLARS), posted(NOON + timedelta(days=1), price=DOLLARS))
    assert value.billable == (month(2, 19_980_000),)


def test_a_price_counts_at_the_rate_of_the_day_it_was_posted() -> None:
    """ "(the post's own price at its day's rate ...)" """
    assert shipped(posted(price=EUROS)).billable == (month(1, 11_000_000),)


@pytest.mark.parametrize("price", [None, Money(micros=1, currency="XAU")])
def test_a_post_without_a_price_or_a_rate_counts_and_is_counted_as_unpriced(
    price: Money | None,
) -> None:
    value = shipped(posted(price=price), posted(price=DOLLARS))
    assert value.billable == (month(2, 9_990_000, unpriced=1),)


def test_a_free_purchase_is_priced() -> None:
    free = Money(micros=0, currency="XAU")
    assert shipped(posted(price=free)).billable == (month(1, 0),)


def test_a_month_is_the_utc_month_of_received_at() -> None:
    """ "(... the UTC month of received_at)" """
    pacific = timezone(timedelta(hours=-8))
    december_in_utc = datetime(2026, 11, 30, 20, tzinfo=pacific)
    value = shipped(posted(december_in_utc, price=DOLLARS), posted(price=DOLLARS))
    assert [each.month for each in value.billable] == ["2026-11", "2026-12"]
    assert december_in_utc.astimezone(UTC).month == 12


posts = st.builds(
    posted,
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis takes naive bounds
    ships=st.booleans(),
    price=st.sampled_from((None, DOLLARS, EUROS)),
)


@given(st.lists(posts, min_size=1), st.randoms(use_true_random=False))
def test_the_figure_does_not_hang_on_the_order_of_the_posts(
    told: list[Outcome], random: Random
) -> None:
    value = shipped(*told)
    assert shipped(*random.sample(told, len(told))) == value
    assert sum(each.purchases for each in value.billable) == sum(each.ships for each in told)
