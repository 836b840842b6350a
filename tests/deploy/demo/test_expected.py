"""Which events a life must lead to."""

from collections import Counter

import pytest

from deploy.demo.expected import expected
from deploy.demo.happening import APP_STORE, STRIPE, Kind, Tracked
from deploy.demo.story import Story
from tests.deploy.demo.make import MONTH, PRO, story


def _types(told: Story) -> Counter[str]:
    return Counter({type_: n for (_, type_), n in expected(told.beats).items()})


def test_a_trial_that_converts_is_an_initial_purchase_and_a_renewal() -> None:
    told = story()
    told.trial(MONTH)
    told.renew()
    assert _types(told) == Counter(INITIAL_PURCHASE=1, RENEWAL=1)


def test_without_grace_a_failed_charge_is_told_three_times_at_apple() -> None:
    told = story()
    told.start(MONTH)
    told.fail()
    assert _types(told) == Counter(
        INITIAL_PURCHASE=1, BILLING_ISSUE=1, CANCELLATION=1, EXPIRATION=1
    )


@pytest.mark.parametrize(
    ("store", "events"),
    [
        (APP_STORE, Counter(INITIAL_PURCHASE=1, CANCELLATION=1, EXPIRATION=1)),
        (STRIPE, Counter(INITIAL_PURCHASE=1, CANCELLATION=2, EXPIRATION=1)),
    ],
)
def test_a_whole_refund_ends_an_apple_term_and_follows_a_cancellation_at_stripe(
    store: str, events: Counter[str]
) -> None:
    told = story(store=store)
    told.start(MONTH)
    if store == STRIPE:
        told.cancel()
    told.refund()
    assert _types(told) == events


def test_an_end_that_was_announced_is_cancelled_once() -> None:
    told = story(store=STRIPE)
    told.start(MONTH)
    told.turn_off()
    told.expire()
    assert _types(told) == Counter(INITIAL_PURCHASE=1, CANCELLATION=1, EXPIRATION=1)


def test_an_upgrade_is_a_product_change_and_a_renewal() -> None:
    told = story()
    told.start(MONTH)
    told.start(PRO, Kind.CHANGED)
    assert _types(told) == Counter(INITIAL_PURCHASE=1, PRODUCT_CHANGE=1, RENEWAL=1)


def test_what_nobody_tracks_leads_to_nothing() -> None:
    told = story(tracked=Tracked.NEVER)
    told.start(MONTH)
    assert not expected(told.beats)
