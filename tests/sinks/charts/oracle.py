"""What becomes of a subscription's events, in plain Python, from the definitions and not from the SQL.

It knows events and moments and nothing of ClickHouse: slow, obvious, one period after the other.
`oracle_charts.py` says what charts must show of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from streams.contracts.event import Event, EventType
from streams.contracts.words import PeriodType, Reason
from tests.sinks.charts.oracle_lengths import month_factor

FOR_EVER = datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC)
PATIENCE = timedelta(hours=24)
SUBSCRIBED = {EventType.INITIAL_PURCHASE, EventType.RENEWAL}
PURCHASES = {*SUBSCRIBED, EventType.NON_RENEWING_PURCHASE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """`whole`: with it all of the price had gone back."""

    payment: Event
    at: datetime
    usd: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """`about`: the payment of the period in which the charge failed."""

    about: Event | None
    at: datetime
    recovered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """`end`: effective. `patient_until`: while nobody said what follows. `place`: among its subscription's."""

    payment: Event
    place: int
    kind: str
    paid: bool
    start: datetime
    end: datetime
    expires: datetime
    patient_until: datetime | None
    renews: bool
    mrr: int
    usd: int
    refunded_usd: int
    refunded_at: datetime | None

    @property
    def unpriced(self) -> bool:
        return self.paid and self.payment.price_usd_micros is None

    @property
    def lasting(self) -> bool:
        """Paid, and for some time: what MRR and active subscriptions are made of."""
        return self.paid and self.end > self.start

    def ends(self, now: datetime) -> datetime:
        """As it is known now."""
        waiting = self.patient_until is not None and self.end <= now < self.patient_until
        return FOR_EVER if waiting else self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """`customer`: as its own events say."""

    customer: str
    first_seen: datetime
    periods: Sequence[Period]
    refunds: Sequence[Refund]
    issues: Sequence[Issue]
    cancels: Sequence[tuple[Event, Event | None]]


def subscriptions(events: Iterable[Event]) -> list[Subscription]:
    """All that the events tell of; those of which no payment is known are left out."""
    newest: dict[str, Event] = {}
    for event in events:
        known = newest.get(event.id)
        if known is None or event.received_at > known.received_at:
            newest[event.id] = event
    lives: dict[str, list[Event]] = defaultdict(list)
    for event in newest.values():
        lives[event.subscription_id].append(event)
    read = [_Life(life) for life in lives.values()]
    return [life.subscription() for life in read if life.payments]


class _Life:
    """One subscription's events, and what each is about."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = sorted(events, key=lambda e: (e.occurred_at, e.id))
        known = [e for e in events if e.type in PURCHASES and (e.purchased_at or _once(e))]
        known.sort(key=lambda e: (_once(e), _starts(e), e.occurred_at, e.transaction_id))
        self.payments = known

    def subscription(self) -> Subscription:
        last = max(self.events, key=lambda e: (e.sequence, e.id))
        told_paid = [e.occurred_at for e in self.payments if is_payment(e) and not _once(e)]
        return Subscription(
            customer=last.customer_id,
            first_seen=min(e.customer_first_seen_at for e in self.events),
            periods=[self._period(n) for n in range(len(self.payments))],
            refunds=[r for payment in self.payments for r in self.refunds_of(payment)],
            issues=[
                Issue(
                    about=self.about(e)[0],
                    at=e.occurred_at,
                    recovered_at=min((t for t in told_paid if t > e.occurred_at), default=None),
                )
                for e in self.events
                if e.type is EventType.BILLING_ISSUE
            ],
            cancels=[
                (e, self.about(e)[0]) for e in self.events if e.type is EventType.CANCELLATION
            ],
        )

    def about(self, event: Event) -> tuple[Event | None, bool]:
        """The payment whose period an event is about, and whether it names it."""
        named = [p for p in self.payments if p.period == event.period]
        if named:
            return named[-1], True
        begun = [p for p in self.payments if _starts(p) <= event.occurred_at]
        return (begun[-1] if begun else None), False

    def told_of(self, payment: Event, *kinds: EventType) -> list[Event]:
        return [e for e in self.events if e.type in kinds and self.about(e)[0] is payment]

    def refunds_of(self, payment: Event) -> list[Refund]:
        """Those that stand, in their order."""
        undone = {e.refund_id for e in self.events if e.type is EventType.REFUND_REVERSED}
        told = [
            e
            for e in self.events
            if e.type is EventType.CANCELLATION
            and e.refund_id
            and e.refund_id not in undone
            and e.transaction_id == payment.transaction_id
        ]
        back = 0
        found: list[Refund] = []
        for event in sorted(told, key=lambda e: (e.occurred_at, e.refund_id)):
            already = bool(found) and back >= (payment.price_micros or 0)
            everything = event.price_micros is None
            back += 10**15 if event.price_micros is None else -event.price_micros
            usd = (payment.price_usd_micros or 0) if everything else 0
            if event.price_usd_micros is not None:
                usd = -event.price_usd_micros
            whole = back >= (payment.price_micros or 0) and not already
            found.append(Refund(payment=payment, at=event.occurred_at, usd=usd, whole=whole))
        return found

    def refunded_at(self, payment: Event) -> datetime | None:
        return next((refund.at for refund in self.refunds_of(payment) if refund.whole), None)

    def _period(self, place: int) -> Period:
        payment = self.payments[place]
        kind = _kind(payment)
        paid = is_payment(payment)
        end, patient_until = self._end(place)
        usd = (payment.price_usd_micros or 0) if paid else 0
        return Period(
            payment=payment,
            place=place,
            kind=kind,
            paid=paid,
            start=_seconds(_starts(payment)),
            end=_seconds(end),
            expires=_seconds(self._expiry(payment)),
            patient_until=None if patient_until is None else _seconds(patient_until),
            renews=self._renews(payment),
            mrr=_mrr(payment) if paid and kind != "one_time" else 0,
            usd=usd,
            refunded_usd=sum(refund.usd for refund in self.refunds_of(payment)),
            refunded_at=self.refunded_at(payment),
        )

    def _next(self, place: int) -> datetime | None:
        later = self.payments[place + 1 : place + 2]
        return _starts(later[0]) if later and not _once(later[0]) else None

    def _end(self, place: int) -> tuple[datetime, datetime | None]:
        """The effective end, and until when patience makes it not count."""
        payment, following = self.payments[place], self._next(place)
        start = _starts(payment)
        runs_out = self._runs_out(payment)
        ended, refunded = self._ended_by_the_store(payment), self.refunded_at(payment)
        end = min(moment for moment in (runs_out, ended, refunded, following) if moment)
        if _once(payment) or end <= start:
            end = start
        open_end = self._renews(payment) and not ended and not refunded and runs_out < FOR_EVER
        patient_until = runs_out + PATIENCE if open_end else None
        if following is None:
            return end, patient_until
        same_day = end.date() == following.date()
        if start < end < following and (same_day or (patient_until and following <= patient_until)):
            return following, None
        return end, None

    def _expiry(self, payment: Event) -> datetime:
        """As last known."""
        told = self.told_of(payment, EventType.EXPIRATION, EventType.SUBSCRIPTION_EXTENDED)
        return max([_expires(payment), *(e.expires_at for e in told if e.expires_at)])

    def _runs_out(self, payment: Event) -> datetime:
        """Its expiry, or the end of its grace if that is later."""
        until = [self._expiry(payment)]
        for event in self.told_of(payment, EventType.BILLING_ISSUE):
            if event.grace_expires_at:
                until.append(event.grace_expires_at)
            elif not self.about(event)[1]:
                until.append(FOR_EVER)
        return max(until)

    def _ended_by_the_store(self, payment: Event) -> datetime | None:
        restored = [
            e.occurred_at
            for e in self.events
            if e.type is EventType.REFUND_REVERSED and e.transaction_id == payment.transaction_id
        ]
        ended = []
        for event in self.told_of(payment, EventType.EXPIRATION):
            another = event.notification_id != payment.notification_id
            named = self.about(event)[1]
            overtaken = named and another and event.occurred_at < payment.occurred_at
            if not overtaken and all(event.occurred_at > moment for moment in restored):
                ended.append(event.occurred_at)
        return max(ended, default=None)

    def _renews(self, payment: Event) -> bool:
        if _kind(payment) in {"prepaid", "one_time"}:
            return False
        switched = [
            e
            for e in self.told_of(payment, EventType.CANCELLATION, EventType.UNCANCELLATION)
            if not e.refund_id and e.cancel_reason is not Reason.BILLING_ERROR
        ]
        return not switched or switched[-1].type is EventType.UNCANCELLATION


def is_payment(event: Event) -> bool:
    """Money moved, or may have: neither free nor given."""
    free = event.period_type in {PeriodType.TRIAL, PeriodType.PROMOTIONAL}
    if free or event.is_family_share:
        return False
    if event.price_usd_micros is not None:
        return event.price_usd_micros > 0
    return event.price_micros is None or event.price_micros > 0


def _kind(payment: Event) -> str:
    if payment.is_family_share:
        return "family"
    if _once(payment):
        return "promotional" if payment.period_type is PeriodType.PROMOTIONAL else "one_time"
    return payment.period_type.value.lower() if payment.period_type else "normal"


def _once(event: Event) -> bool:
    promoted = event.period_type is PeriodType.PROMOTIONAL or event.is_family_share
    return event.type is EventType.NON_RENEWING_PURCHASE and not promoted


def _starts(event: Event) -> datetime:
    return event.purchased_at or event.occurred_at


def _expires(event: Event) -> datetime:
    once = event.type is EventType.NON_RENEWING_PURCHASE
    return _starts(event) if once else event.expires_at or _starts(event)


def _mrr(payment: Event) -> int:
    factor = month_factor(payment, _expires(payment) - _starts(payment))
    return int(Fraction(payment.price_usd_micros or 0) * factor + Fraction(1, 2))


def _seconds(moment: datetime) -> datetime:
    return min(moment, FOR_EVER).replace(microsecond=0)
