"""One subscription's life told beat by beat: the verbs of which the script's tales are made.

A story only moves forward: each beat happens at or after the one before it.
"""

from calendar import monthrange
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deploy.demo.happening import STRIPE, Happening, Kind, Price, Product, Subscription, Term

_DAY = 86_400  # seconds: the finest that a store tells
_CENT = 10_000
_WHOLE = 100
_POSTED_TWICE = 0.03  # of the messages


def later(moment: datetime, product: Product) -> datetime:
    """When a term of `product` that starts at `moment` ends; a day is clamped to its month."""
    month = moment.month - 1 + product.months
    year, month = moment.year + month // 12, month % 12 + 1
    day = min(moment.day, monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day) + timedelta(days=product.days)


class Story:
    """`beats` so far; `until` is when the telling stops, and no later beat is kept."""

    def __init__(
        self, random: Random, subscription: Subscription, begins_at: datetime, until: datetime
    ) -> None:
        self.random = random
        self.subscription = subscription
        self.beats: list[Happening] = []
        self._until = until
        self._began_at = self._at = begins_at
        self._terms: list[Term] = []
        self._due: Term | None = None
        self._renews = True
        self._off_at: datetime | None = None
        self._next: Product | None = None
        self._previous: Product | None = None
        self._changes = 0
        self._changed_from = 1
        self._changed_at: datetime | None = None
        self._changed_product: Product | None = None

    @property
    def term(self) -> Term:
        """The last one that was granted."""
        return self._terms[-1]

    @property
    def going(self) -> bool:
        """Whether the next renewal still falls into the telling."""
        return self.term.ends_at <= self._until

    def wait(self, days: float) -> None:
        self._at += timedelta(seconds=round(days * _DAY))

    def trial(self, product: Product) -> None:
        ends_at = self._at + timedelta(days=product.trial_days)
        free = Price(micros=0, currency=self.subscription.currency)
        self._terms.append(self._term(product, self._at, ends_at, free))
        self._tell(Kind.TRIAL, self._at)

    def start(self, product: Product, kind: Kind = Kind.STARTED) -> None:
        """A paid term from now on; the running one, if any, is cut."""
        self._previous = self.term.product if self._terms else None
        failing, self._due = self._due is not None, None
        self._renews, self._off_at = kind is not Kind.BOUGHT, None
        self._next = None
        self._terms.append(self._paid_term(product, self._at))
        if kind is Kind.CHANGED:
            self._change(self._terms[-2].product, self.term.number)
        self._tell(kind, self._at, failing=failing)

    def renew(self) -> None:
        """At the term's end, or when the open charge succeeds now: the anchor stays."""
        failing, term = self._due is not None, self._due or self._following()
        self._previous = self.term.product
        self._terms.append(term)
        self._due = self._next = None
        moment = self._at if failing else term.starts_at
        self._tell(Kind.RENEWED, moment + self._soon(), failing=failing)

    def renew_on(self) -> None:
        """Every term to the end of the telling."""
        while self.going:
            self.renew()

    def plan(self, product: Product) -> None:
        """Another product from the next term on."""
        self._previous, self._next = self.term.product, product
        self._change(self.term.product, self.term.number + 1)
        self._tell(Kind.CHANGE_PLANNED, self._at)

    def turn_off(self) -> None:
        self._renews, self._off_at = False, self._at
        self._tell(Kind.RENEWAL_OFF, self._at)

    def turn_on(self) -> None:
        self._renews, self._off_at = True, None
        self._tell(Kind.RENEWAL_ON, self._at)

    def fail(self, grace_days: int = 0) -> None:
        """The charge for the next term fails: access ends without grace, but at Stripe it goes on."""
        self._due = self._following()
        stripe = self.subscription.store == STRIPE
        grace_until = self._due.starts_at + timedelta(days=grace_days)
        self._tell(
            Kind.CHARGE_FAILED,
            self._due.starts_at + self._soon(),
            grace_until=grace_until if grace_days and not stripe else None,
            access_ends=not grace_days and not stripe,
            failing=True,
        )

    def end_grace(self, grace_days: int) -> None:
        ended_at = self.term.ends_at + timedelta(days=grace_days)
        self._tell(Kind.GRACE_ENDED, ended_at + self._soon(), failing=True)

    def expire(self) -> None:
        """At the term's end; now, when the store gives up an open charge."""
        failing = self._due is not None
        self._renews = False
        moment = self._at if failing else self.term.ends_at
        self._tell(Kind.EXPIRED, moment + self._soon(), failing=failing)

    def cancel(self) -> None:
        """Ended by the seller, now."""
        self._renews = False
        self._tell(Kind.EXPIRED, self._at)

    def refund(self, percent: int = _WHOLE) -> None:
        """Some or all of what the last term cost; all of it ends access at Apple."""
        whole = self.term.price.micros
        part = whole * percent // _WHOLE // _CENT * _CENT
        micros = whole if percent == _WHOLE else part
        self._renews = self._renews and micros < whole
        self._tell(
            Kind.REFUNDED, self._at, refund=Price(micros=micros, currency=self.term.price.currency)
        )

    def _change(self, product: Product, first_term: int) -> None:
        self._changes += 1
        self._changed_at, self._changed_product = self._at, product
        self._changed_from = first_term

    def _following(self) -> Term:
        return self._paid_term(self._next or self.term.product, self.term.ends_at)

    def _paid_term(self, product: Product, starts_at: datetime) -> Term:
        currency = self.subscription.currency
        price = Price(micros=product.prices[currency], currency=currency)
        return self._term(product, starts_at, later(starts_at, product), price)

    def _term(self, product: Product, starts_at: datetime, ends_at: datetime, price: Price) -> Term:
        return Term(
            number=len(self._terms) + 1,
            product=product,
            starts_at=starts_at,
            ends_at=ends_at,
            price=price,
        )

    def _soon(self) -> timedelta:
        return timedelta(seconds=self.random.randrange(3, 75))

    def _tell(self, kind: Kind, at: datetime, **facts: Any) -> None:
        self._at = max(self._at, at)
        times = 2 if self.random.random() < _POSTED_TWICE else 1
        if self._at > self._until:
            return
        beat = Happening(
            at=self._at,
            number=len(self.beats),
            kind=kind,
            subscription=self.subscription,
            term=self.term,
            began_at=self._began_at,
            renews=self._renews,
            next_product=self._next or self.term.product,
            previous_product=self._previous,
            due=self._due,
            times=times,
            changes=self._changes,
            changed_from=self._changed_from,
            changed_at=self._changed_at,
            changed_product=self._changed_product,
            trial=self._terms[0] if self._terms[0].is_trial else None,
            off_at=self._off_at,
            **facts,
        )
        self.beats.append(beat)
