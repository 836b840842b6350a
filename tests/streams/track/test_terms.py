"""How long a subscription was paid for before a term, which decides what the App Store takes, and
which term another product cut short."""

from datetime import timedelta

from msgspec.structs import replace

from streams.contracts.change import ChangeKind
from streams.contracts.snapshot import Transaction
from streams.track.fact import Fact
from streams.track.state import PurchaseState, Told
from streams.track.terms import paid_days, replaced_term
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


def switch(to: str, *, began: Transaction | None) -> Fact:
    """From product `pro`, at once, in the second period, which `began` with a charge or without one yet."""
    return Fact(
        kind=ChangeKind.PRODUCT_CHANGED,
        by=(1, "m"),
        item=term(2).item,
        period=term(2).period,
        transaction=began,
        old_product_id="pro",
        new_product_id=to,
        immediate=True,
    )


def test_a_product_that_begins_its_own_term_cuts_the_old_ones_short() -> None:
    new = term(2, product="max")
    assert replaced_term(holding(term(1), new), switch("max", began=new)) == term(1)
    assert replaced_term(holding(term(1)), switch("max", began=None)) == term(1)


def test_a_product_that_takes_over_the_running_term_cuts_none_short() -> None:
    running = term(2)
    assert replaced_term(holding(term(1), running), switch("max", began=running)) is None


def test_a_term_of_a_third_product_is_not_the_one_cut_short() -> None:
    assert replaced_term(holding(term(1, product="basic")), switch("max", began=None)) is None
