"""The ground truth: MRR and active subscriptions per day and store, from the script alone.

Computed before anything is signed, by code that imports nothing of streams or sinks, so the charts
are compared with something that can't share their mistakes. Definitions, in this order:
- a term counts from its start until it was refunded whole, else until the store ended it, else until
  its end or its grace's, and never longer than until the next term of its subscription starts;
- it is worth its price in USD at the rate of the day it started, made a month's;
- trials, sandbox, one-time purchases and what nobody tracks are worth nothing and count nowhere;
- days are UTC: a day shows what is active at its end, today what is active now.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from deploy.demo.happening import (
    PAYING,
    PRODUCTION,
    Happening,
    Kind,
    Product,
    Term,
    Tracked,
)
from deploy.demo.rates import Rates, in_usd, rounded

_FOR_EVER = datetime.max.replace(tzinfo=UTC)
_MONTHS_A_WEEK = 4  # RevenueCat counts a month as four weeks
_GRANTING = PAYING | {Kind.TRIAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One day of one store."""

    mrr_micros: int = 0
    active: int = 0


Truth = dict[tuple[date, str], Figures]


@dataclass(slots=True, kw_only=True)
class _Span:
    store: str
    starts_at: datetime
    ends_at: datetime
    mrr_micros: int

    def active(self, day: date, now: datetime) -> bool:
        if day == now.date():
            return self.starts_at <= now < self.ends_at
        return self.starts_at.date() <= day < self.ends_at.date()


def truth(happenings: Iterable[Happening], rates: Rates, first_day: date, now: datetime) -> Truth:
    """Figures of every day from `first_day` to today, for each store that sold anything."""
    spans = [span for life in _lives(happenings) for span in _spans(life, rates)]
    days = [first_day + timedelta(days=n) for n in range((now.date() - first_day).days + 1)]
    stores = sorted({span.store for span in spans})
    return {(day, store): _figures(spans, day, store, now) for day in days for store in stores}


def _figures(spans: list[_Span], day: date, store: str, now: datetime) -> Figures:
    active = [span for span in spans if span.store == store and span.active(day, now)]
    return Figures(mrr_micros=sum(span.mrr_micros for span in active), active=len(active))


def _lives(happenings: Iterable[Happening]) -> Iterable[Sequence[Happening]]:
    """The happenings of each subscription that counts, in order."""
    lives: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        subscription = happening.subscription
        if subscription.environment == PRODUCTION and subscription.tracked != Tracked.NEVER:
            lives[subscription.id].append(happening)
    return lives.values()


def _spans(life: Sequence[Happening], rates: Rates) -> list[_Span]:
    spans: list[_Span] = []
    for happening in life:
        if happening.kind in _GRANTING:
            _begin(spans, happening, rates)
        elif spans:
            spans[-1].ends_at = _end(spans[-1].ends_at, happening)
    return [span for span in spans if span.mrr_micros and span.ends_at > span.starts_at]


def _begin(spans: list[_Span], happening: Happening, rates: Rates) -> None:
    term = happening.term
    if spans:
        spans[-1].ends_at = min(spans[-1].ends_at, term.starts_at)
    spans.append(
        _Span(
            store=happening.subscription.store,
            starts_at=term.starts_at,
            ends_at=term.ends_at,
            mrr_micros=_monthly(term, rates),
        )
    )


def _end(ends_at: datetime, happening: Happening) -> datetime:
    """When the running term ends, now that this happened."""
    term, at = happening.term, happening.at
    if happening.kind is Kind.CHARGE_FAILED and not happening.access_ends:
        return happening.grace_until or _FOR_EVER
    if happening.kind is Kind.EXPIRED:
        return at if happening.failing else min(at, term.ends_at)
    if happening.kind is Kind.REFUNDED and happening.refund == term.price:
        return min(at, ends_at)
    return ends_at


def _monthly(term: Term, rates: Rates) -> int:
    usd = in_usd(rates, term.price.micros, term.price.currency, term.starts_at.date())
    return _by_month(usd, term.product)


def _by_month(usd_micros: int, product: Product) -> int:
    if product.months:
        return rounded(usd_micros, product.months)
    return usd_micros * product.days // 7 * _MONTHS_A_WEEK
