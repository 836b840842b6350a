"""The terms of a purchase in the order of their beginning, and where a fact stands among them."""

from datetime import datetime, timedelta
from itertools import chain

from streams.contracts.change import ChangeKind
from streams.contracts.snapshot import Transaction
from streams.contracts.words import PeriodType, Signal
from streams.track.fact import Fact
from streams.track.standings import ended_at, is_failing
from streams.track.state import PurchaseState, time_of

LAPSE = timedelta(days=60)
"""After so long without service Apple counts the year of paid service from its start again."""

_TOGETHER = timedelta(minutes=10)


def terms(state: PurchaseState, item: str) -> list[Transaction]:
    """The known terms of an item, oldest first."""
    of_item = (told.transaction for told in state.transactions.values())
    return sorted(
        (term for term in of_item if term.item == item), key=lambda t: (t.purchased_at, t.fact)
    )


def newest_term(state: PurchaseState) -> Transaction | None:
    """The term that began last, of all items."""
    every = (told.transaction for told in state.transactions.values())
    return max(every, key=lambda term: (term.purchased_at, term.fact), default=None)


def term_before(state: PurchaseState, fact: Fact) -> Transaction | None:
    """The last known term of the item before the fact's own period."""
    began = fact.transaction.purchased_at if fact.transaction else None
    earlier = [
        term
        for term in terms(state, fact.item)
        if term.period != fact.period and (began is None or term.purchased_at < began)
    ]
    return earlier[-1] if earlier else None


def replaced_term(state: PurchaseState, fact: Fact) -> Transaction | None:
    """The old product's term that a new product cut short by one of its own; None where the term
    went on with another product, or nobody told of the old one."""
    if not fact.immediate:
        return None
    if fact.transaction is not None and fact.transaction.product_id != fact.new_product_id:
        return None
    before = term_before(state, fact)
    is_old = before is not None and fact.old_product_id in {None, before.product_id}
    return before if is_old else None


def follows_trial(state: PurchaseState, fact: Fact) -> bool:
    before = term_before(state, fact)
    return before is not None and before.period_type is PeriodType.TRIAL


def number(state: PurchaseState, term: Transaction | None) -> int | None:
    """RevenueCat's renewal_number: the place of a term among its item's, from 1."""
    if term is None or term.expires_at is None:
        return None
    gone = state.terms_dropped.get(term.item, 0)
    return 1 + gone + [known.fact for known in terms(state, term.item)].index(term.fact)


def paid_days(state: PurchaseState, term: Transaction | None) -> int:
    """Days of paid service of the item before a term; trials don't count, a lapse begins anew."""
    if term is None or term.expires_at is None:
        return 0
    paid, until = timedelta(0), term.purchased_at
    for earlier in reversed(terms(state, term.item)):
        if earlier.purchased_at >= term.purchased_at or earlier.expires_at is None:
            continue
        if until - earlier.expires_at > LAPSE:
            break
        served = min(earlier.expires_at, until) - earlier.purchased_at
        paid += timedelta(0) if earlier.period_type is PeriodType.TRIAL else served
        until = earlier.purchased_at
    return paid.days


def refunds_older_term(state: PurchaseState, fact: Fact) -> bool:
    """Money of a term that a newer one followed: RevenueCat says nothing of it."""
    if fact.refund is None or fact.transaction is None or fact.transaction.expires_at is None:
        return False
    return terms(state, fact.transaction.item)[-1].fact != fact.transaction.fact


def refunded_about(state: PurchaseState, at: datetime) -> bool:
    """Whether money went back or was asked for at that time: Apple's support switches renewal off with it."""
    returned = (known.refund.refunded_at for known in state.refunds.values())
    asked = (
        time_of(point.by[0])
        for points in state.periods.values()
        for point in points
        if point.signal is Signal.REFUND_REQUESTED
    )
    return any(abs(about - at) <= _TOGETHER for about in chain(returned, asked))


def kept_until(state: PurchaseState, fact: Fact, until: datetime | None) -> datetime | None:
    """`until`, the end of the term, of a refund no later than access went: money may go back long after."""
    if fact.kind is not ChangeKind.REFUNDED or until is None:
        return until
    ended = ended_at(state.periods.get(f"{fact.item}/{fact.period}", ()))
    return until if ended is None else min(until, ended)


def already_failing(state: PurchaseState, fact: Fact) -> bool:
    """Whether a charge of the fact's period had failed before it, or its own message says so."""
    return any(
        point.by <= fact.by and is_failing(point.standing)
        for point in state.periods.get(f"{fact.item}/{fact.period}", ())
    )
