"""How long a subscription was paid for before a term, which decides what the App Store takes."""

from datetime import timedelta

from msgspec.structs import replace

from streams.contracts.snapshot import Transaction
from streams.track.state import PurchaseState, Told
from streams.track.terms import paid_days
from tests.streams.track.make import MONTH, term


def holding(*known: Transaction) -> PurchaseState:
    return PurchaseState(transactions={one.fact: Told((0, "m"), one) for one in known})


def later(sold: Transaction, by: timedelta) -> Transaction:
    assert sold.expires_at is not None
    return replace(sold, purchased_at=sold.purchased_at + by, expires_at=sold.expires_at + by)


def test_every_paid_term_before_counts() -> None:
    known = [term(n) for n in range(1, 14)]
    assert paid_days(holding(*known), known[0]) == 0
    assert paid_days(holding(*known), known[12]) == 360


def test_a_trial_does_not_count() -> None:
    known = [term(1, trial=True), term(2), term(3)]
    assert paid_days(holding(*known), known[2]) == 30


def test_an_upgrade_inside_a_term_counts_its_days_once() -> None:
    upgraded = later(term(2), -MONTH / 2)
    assert paid_days(holding(term(1), upgraded), later(term(3), -MONTH / 2)) == 45


def test_a_lapse_of_more_than_60_days_begins_the_year_again() -> None:
    back = later(term(2), timedelta(days=60))
    assert paid_days(holding(term(1), back), back) == 30
    long_after = later(term(2), timedelta(days=61))
    again = later(term(3), timedelta(days=61))
    assert paid_days(holding(term(1), long_after, again), again) == 30


def test_one_time_purchases_have_no_year() -> None:
    coins = replace(term(2), expires_at=None)
    assert paid_days(holding(term(1), coins), coins) == 0
    assert paid_days(holding(), None) == 0
