"""What each chart of money and customers must show: its rows by (first day, segment)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sinks.charts.columns import sub_key
from streams.contracts.event import Event
from tests.sinks.charts.oracle import Period, Subscription
from tests.sinks.charts.oracle_calendar import Asked, Row, Rows
from tests.sinks.charts.oracle_charts import Found, counted
from tests.sinks.charts.oracle_lengths import lengths_between, product_length

Paid = tuple[Subscription, Period]


def owners(events: list[Event]) -> dict[str, str]:
    """Each alias's customer, by the newest telling that lists it."""
    newest: dict[str, Event] = {}
    for event in events:
        for alias in event.aliases if len(event.aliases) > 1 else ():
            if alias not in newest or event.received_at > newest[alias].received_at:
                newest[alias] = event
    return {alias: event.customer_id for alias, event in newest.items()}


def customers(found: Found, asked: Asked) -> list[list[Paid]]:
    """What each customer paid, in order."""
    held: dict[str, list[Paid]] = defaultdict(list)
    for one in found:
        name = asked.owners.get(one.customer, one.customer)
        held[name] += [(one, period) for period in one.periods if period.paid]
    return [sorted(paid, key=_order) for paid in held.values() if paid]


def _order(paid: Paid) -> tuple[datetime, int, int]:
    _, period = paid
    return period.start, sub_key(period.payment.subscription_id), period.place


def revenue(found: Found, asked: Asked) -> Rows:
    zero = dict.fromkeys(
        ("payments", "gross", "refunded", "new", "untaxed", "proceeds", "unpriced"), 0
    )

    def told() -> Iterator[tuple[date | None, str, Row]]:
        for paid in customers(found, asked):
            for place, (one, period) in enumerate(paid):
                for at, gross, back in _flows(one, period, asked):
                    row: Row = {"gross": gross, "refunded": back, **_kept(period, gross - back)}
                    if gross or at is period.start:
                        row |= {"payments": 1, "unpriced": int(period.unpriced)}
                    row["new"] = gross - back if place == 0 else 0
                    yield asked.within(at), asked.of(one, period), row

    return counted(asked, dict(zero), told())


def _flows(one: Subscription, period: Period, asked: Asked) -> Iterator[tuple[datetime, int, int]]:
    """(when, USD paid, USD that went back)"""
    if asked.refunds_on == "original":
        yield period.start, period.usd, period.refunded_usd
        return
    yield period.start, period.usd, 0
    for refund in one.refunds:
        if refund.payment is period.payment:
            yield refund.at, 0, refund.usd


def _kept(period: Period, net: int) -> Row:
    tax, commission = period.payment.tax_bp or 0, period.payment.commission_bp or 0
    return {
        "untaxed": _share(net, 10_000 - tax),
        "proceeds": _share(net, 10_000 - tax - commission),
    }


def _share(net: int, basis_points: int) -> int:
    """Toward zero."""
    product = net * basis_points
    return abs(product) // 10_000 * (1 if product > 0 else -1)


def refund_rate(found: Found, asked: Asked) -> Rows:
    def told() -> Iterator[tuple[date | None, str, Row]]:
        for one in found:
            for period in one.periods:
                whole = period.refunded_at is not None
                part = not whole and period.refunded_usd > 0
                more: Row = {"payments": 1, "refunded": int(whole), "part": int(part)}
                if period.paid:
                    yield asked.within(period.start), asked.of(one, period), more

    return counted(asked, {"payments": 0, "refunded": 0, "part": 0}, told())


def refunds(found: Found, asked: Asked) -> Rows:
    def told() -> Iterator[tuple[date | None, str, Row]]:
        for one in found:
            for refund in one.refunds:
                (period,) = [p for p in one.periods if p.payment is refund.payment]
                more: Row = {"refunds": 1, "whole": int(refund.whole), "usd": refund.usd}
                more["unpriced"] = int(period.unpriced)
                yield asked.within(refund.at), asked.of(one, period), more

    return counted(asked, {"refunds": 0, "whole": 0, "usd": 0, "unpriced": 0}, told())


def one_time(found: Found, asked: Asked) -> Rows:
    def told() -> Iterator[tuple[date | None, str, Row]]:
        for one in found:
            for period in one.periods:
                more: Row = {"purchases": 1, "gross": period.usd, "back": period.refunded_usd}
                more["unpriced"] = int(period.unpriced)
                if period.kind == "one_time":
                    yield asked.within(period.start), asked.of(one, period), more

    return counted(asked, {"purchases": 0, "gross": 0, "back": 0, "unpriced": 0}, told())


def new_paying_customers(found: Found, asked: Asked) -> Rows:
    def told() -> Iterator[tuple[date | None, str, Row]]:
        for paid in customers(found, asked):
            kept = [(one, period) for one, period in paid if period.refunded_at is None]
            for one, period in kept[:1]:
                yield asked.within(period.start), asked.of(one, period), {"customers": 1}

    return counted(asked, {"customers": 0}, told())


def ltv(found: Found, asked: Asked) -> Rows:
    def told() -> Iterator[tuple[date | None, str, Row]]:
        for paid in customers(found, asked):
            seen = min(min(one.first_seen, period.start) for one, period in paid)
            last = seen.date() + timedelta(days=asked.window_days)
            within = [p for _, p in paid if p.start.date() <= last and p.start <= asked.now]
            more: Row = {
                "customers": int(any(p.refunded_at is None for p in within)),
                "usd": sum(p.usd - p.refunded_usd for p in within),
                "unpriced": sum(p.unpriced for p in within),
            }
            yield asked.within(seen), asked.of(*paid[0]), more

    return counted(asked, {"customers": 0, "usd": 0, "unpriced": 0}, told())


def retention(found: Found, asked: Asked) -> Rows:
    """By (first day, segment, period): how many paid for it."""
    length = product_length(asked.duration)
    assert length is not None
    rows: Rows = defaultdict(lambda: {"retained": 0})
    for one in found:
        for journey in _journeys(one):
            first = journey[0]
            day = asked.within(first.start)
            if day is None or first.payment.product_duration != asked.duration:
                continue
            numbers = {lengths_between(first.payment, p.payment, length) for p in journey}
            for number in numbers:
                rows[day, asked.of(one, first), number]["retained"] += 1  # type: ignore[operator]
    return {key: {**row, "began": rows[key[0], key[1], 0]["retained"]} for key, row in rows.items()}


def _journeys(one: Subscription) -> list[list[Period]]:
    """Standard payments that were not wholly refunded, anew with each change of product."""
    journeys: list[list[Period]] = []
    for period in one.periods:
        standard = period.paid and period.kind not in {"intro", "one_time"}
        if (
            not standard
            or period.refunded_at
            or not product_length(period.payment.product_duration)
        ):
            continue
        if not journeys or journeys[-1][0].payment.product_id != period.payment.product_id:
            journeys.append([])
        journeys[-1].append(period)
    return journeys
