"""MRR and active subscriptions in plain Python, written from the definitions and not from the SQL.

It knows events and days and nothing of ClickHouse: slow, obvious, one day after the other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from streams.contracts.event import Event, EventType
from streams.contracts.words import PeriodType

FOR_EVER = datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC)
PAYMENTS = {EventType.INITIAL_PURCHASE, EventType.RENEWAL}
BY_DURATION = {
    "P1D": Fraction(30),
    "P3D": Fraction(10),
    "P7D": Fraction(4),
    "P1W": Fraction(4),
    "P2W": Fraction(2),
    "P4W": Fraction(1),
    "P1M": Fraction(1),
    "P2M": Fraction(1, 2),
    "P3M": Fraction(1, 3),
    "P6M": Fraction(1, 6),
    "P1Y": Fraction(1, 12),
    "P12M": Fraction(1, 12),
}
BY_DAYS = {
    (0, 1): Fraction(30),
    (3, 3): Fraction(10),
    (6, 8): Fraction(4),
    (12, 16): Fraction(2),
    (27, 33): Fraction(1),
    (58, 62): Fraction(1, 2),
    (88, 95): Fraction(1, 3),
    (179, 185): Fraction(1, 6),
    (363, 375): Fraction(1, 12),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A paid period with its effective end."""

    payment: Event
    start: datetime
    end: datetime
    mrr: int
    unpriced: bool

    def active(self, day: date, now: datetime) -> bool:
        """At the end of the day; of today: now."""
        if day == now.date():
            return self.start <= now < self.end
        return self.start.date() <= day < self.end.date()


@dataclass(slots=True)
class Value:
    """Of one calendar period and segment."""

    mrr: int = 0
    active: int = 0
    unpriced: int = 0


def spans(events: Iterable[Event]) -> list[Span]:
    """Every paid period of every subscription."""
    newest: dict[str, Event] = {}
    for event in events:
        known = newest.get(event.id)
        if known is None or event.received_at > known.received_at:
            newest[event.id] = event
    lives: dict[str, list[Event]] = defaultdict(list)
    for event in newest.values():
        lives[event.subscription_id].append(event)
    return [span for life in lives.values() for span in _spans(life)]


def days_of(first: date, last: date, unit: str) -> list[tuple[date, date]]:
    """Calendar periods as (first day, last day), from the one of `first` to the one of `last`."""
    found: list[tuple[date, date]] = []
    day = _start(first, unit)
    while day <= last:
        following = _start(day + timedelta(days=370), unit) if unit == "year" else day
        while _start(following, unit) == day:
            following += timedelta(days=1)
        found.append((day, following - timedelta(days=1)))
        day = following
    return found


def values(
    found: Sequence[Span],
    periods: Sequence[tuple[date, date]],
    now: datetime,
    segment: Callable[[Event], str],
) -> dict[tuple[date, str], Value]:
    """What a chart must show of each calendar period that has begun; zeros where a segment pauses."""
    begun = [(first, last) for first, last in periods if first <= now.date()]
    shown = {(first, segment(span.payment)): Value() for first, _ in begun for span in found}
    for first, last in begun:
        for span in found:
            if span.active(min(last, now.date()), now):
                value = shown[first, segment(span.payment)]
                value.mrr += span.mrr
                value.active += 1
                value.unpriced += span.unpriced
    return shown


def _start(day: date, unit: str) -> date:
    match unit:
        case "week":
            return day - timedelta(days=(day.weekday() + 1) % 7)
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


def _spans(life: Sequence[Event]) -> Iterable[Span]:
    payments = [e for e in life if e.type in PAYMENTS and e.purchased_at and e.expires_at]
    payments.sort(key=lambda e: (e.purchased_at, e.occurred_at, e.transaction_id))
    for place, payment in enumerate(payments):
        if not _is_paid(payment):
            continue
        starts_at = _seconds(payment.purchased_at)
        ends_at = _seconds(_end(life, payments, place))
        if ends_at > starts_at:
            unpriced = payment.price_usd_micros is None
            yield Span(
                payment=payment, start=starts_at, end=ends_at, mrr=_mrr(payment), unpriced=unpriced
            )


def _is_paid(payment: Event) -> bool:
    free = payment.period_type in {PeriodType.TRIAL, PeriodType.PROMOTIONAL}
    if free or payment.is_family_share:
        return False
    if payment.price_usd_micros is not None:
        return payment.price_usd_micros > 0
    return payment.price_micros is None or payment.price_micros > 0


def _end(life: Sequence[Event], payments: Sequence[Event], place: int) -> datetime:
    payment = payments[place]
    ends = [_runs_out(life, payments, place)]
    if place + 1 < len(payments):
        ends.append(_known(payments[place + 1].purchased_at))
    ends += _fully_refunded(life, payment)
    ends += _ended_by_the_store(life, payments, place)
    return min(ends)


def _runs_out(life: Sequence[Event], payments: Sequence[Event], place: int) -> datetime:
    """Its expiry as last known, or the end of its grace if that is later."""
    until = [_known(payments[place].expires_at)]
    for event in life:
        about, named = _about(event, payments)
        if about != place:
            continue
        if event.type in {EventType.EXPIRATION, EventType.SUBSCRIPTION_EXTENDED}:
            until += [event.expires_at] if event.expires_at else []
        if event.type is EventType.BILLING_ISSUE:
            open_end = [] if named else [FOR_EVER]
            until += [event.grace_expires_at] if event.grace_expires_at else open_end
    return max(until)


def _fully_refunded(life: Sequence[Event], payment: Event) -> list[datetime]:
    """The moment when what went back, and stayed, had reached the price."""
    undone = {e.refund_id for e in life if e.type is EventType.REFUND_REVERSED}
    refunds = [
        e
        for e in life
        if e.type is EventType.CANCELLATION
        and e.refund_id
        and e.refund_id not in undone
        and e.transaction_id == payment.transaction_id
    ]
    back = 0
    for refund in sorted(refunds, key=lambda e: (e.occurred_at, e.refund_id)):
        back += -refund.price_micros if refund.price_micros is not None else 10**15
        if back >= (payment.price_micros or 0):
            return [refund.occurred_at]
    return []


def _ended_by_the_store(
    life: Sequence[Event], payments: Sequence[Event], place: int
) -> list[datetime]:
    payment = payments[place]
    restored = [
        e.occurred_at
        for e in life
        if e.type is EventType.REFUND_REVERSED and e.transaction_id == payment.transaction_id
    ]
    ended = []
    for event in life:
        about, named = _about(event, payments)
        if event.type is not EventType.EXPIRATION or about != place:
            continue
        another = event.notification_id != payment.notification_id
        overtaken = named and another and event.occurred_at < payment.occurred_at
        if not overtaken and all(event.occurred_at > moment for moment in restored):
            ended.append(event.occurred_at)
    return [max(ended)] if ended else []


def _about(event: Event, payments: Sequence[Event]) -> tuple[int | None, bool]:
    """Which payment's period an event is about, and whether it names it."""
    named = [n for n, payment in enumerate(payments) if payment.period == event.period]
    if named:
        return named[-1], True
    begun = [n for n, p in enumerate(payments) if _known(p.purchased_at) <= event.occurred_at]
    return (begun[-1] if begun else None), False


def _mrr(payment: Event) -> int:
    length = _known(payment.expires_at) - _known(payment.purchased_at)
    number = max(0, (length + timedelta(hours=12)) // timedelta(days=1))
    factor = BY_DURATION.get(payment.product_duration or "")
    if factor is None or payment.period_type is PeriodType.INTRO:
        ranges = [known for (least, most), known in BY_DAYS.items() if least <= number <= most]
        factor = ranges[0] if ranges else Fraction(28, number)
    return int(Fraction(payment.price_usd_micros or 0) * factor + Fraction(1, 2))


def _known(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment


def _seconds(moment: datetime | None) -> datetime:
    return min(_known(moment), FOR_EVER).replace(microsecond=0)
