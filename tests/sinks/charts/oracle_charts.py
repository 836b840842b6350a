"""What each chart of subscriptions must show of them: its rows by (first day, segment)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from tests.sinks.charts.oracle import Period, Subscription
from tests.sinks.charts.oracle_calendar import Asked, Row, Rows

Found = Sequence[Subscription]
SECOND = timedelta(seconds=1)


def dense(rows: dict[tuple[date, str], Row], asked: Asked, zero: Row) -> Rows:
    """Zeros where a segment pauses; without segments also where there is nothing at all."""
    segments = {segment for _, segment in rows} | ({""} if asked.segment == "" else set())
    return {
        (first, segment): rows.get((first, segment), dict(zero))
        for first, _ in asked.begun
        for segment in segments
    }


def counted(asked: Asked, zero: Row, told: Iterator[tuple[date | None, str, Row]]) -> Rows:
    """Sums by calendar period and segment."""
    rows: dict[tuple[date, str], Row] = defaultdict(lambda: dict(zero))
    for first, segment, more in told:
        if first is not None:
            row = rows[first, segment]
            for name, number in more.items():
                row[name] = row[name] + number  # type: ignore[operator]
    return dense(rows, asked, zero)


def active(found: Found, asked: Asked) -> Rows:
    """mrr, active_subscriptions and unpriced: at the end of each calendar period, now in the present one."""
    zero: Row = {"mrr": 0, "active": 0, "unpriced": 0}
    rows: dict[tuple[date, str], Row] = defaultdict(lambda: dict(zero))
    shown = [
        (asked.of(one, period), period)
        for one in found
        for period in one.periods
        if period.lasting and any(_is_active(period, last, asked) for _, last in asked.begun)
    ]
    for first, last in asked.begun:
        for segment, period in shown:
            if _is_active(period, last, asked):
                row = rows[first, segment]
                row["mrr"] += period.mrr  # type: ignore[operator]
                row["active"] += 1  # type: ignore[operator]
                row["unpriced"] += period.unpriced  # type: ignore[operator]
    return dense(rows, asked, zero)


def annual(found: Found, asked: Asked) -> Rows:
    """arr: twelve times MRR."""
    rows = active(found, asked)
    return {key: {**row, "arr": 12 * int(str(row["mrr"]))} for key, row in rows.items()}


def trials_active(found: Found, asked: Asked) -> Rows:
    """A segment whose trials began and ended within one calendar period has zeros."""
    (start, _), (_, until) = asked.begun[0], asked.begun[-1]

    def told() -> Iterator[tuple[date | None, str, Row]]:
        for one in found:
            for period in _trials(one):
                begun = period.start <= asked.now and period.start.date() <= until
                if begun and period.ends(asked.now).date() >= start:
                    yield start, asked.of(one, period), {"active_trials": 0}
                for first, last in asked.begun:
                    if _is_active(period, last, asked):
                        yield first, asked.of(one, period), {"active_trials": 1}

    return counted(asked, {"active_trials": 0}, told())


def _is_active(period: Period, last: date, asked: Asked) -> bool:
    ends = period.ends(asked.now)
    if last >= asked.now.date():
        return period.start <= asked.now < ends
    return period.start.date() <= last < ends.date()


MOVES: Row = {
    "new": 0, "intro": 0, "tried": 0, "reactivated": 0, "churned": 0, "switched": 0,
    "new_usd": 0, "expansion_usd": 0, "contraction_usd": 0, "churned_usd": 0,
    "reactivation_usd": 0, "fx_usd": 0, "switched_usd": 0, "unpriced": 0,
}  # fmt: skip


def movements(found: Found, asked: Asked) -> Rows:
    def told() -> Iterator[tuple[date | None, str, Row]]:
        for one in found:
            lasting = [period for period in one.periods if period.lasting]
            for before, period in zip([None, *lasting], lasting, strict=False):
                yield from _starts(one, before, period, asked)
            for period, after in zip(lasting, [*lasting[1:], None], strict=False):
                if after is None or period.end.date() < after.start.date():
                    more: Row = {"churned": 1, "churned_usd": -period.mrr}
                    more["unpriced"] = int(period.unpriced)
                    yield asked.within(period.ends(asked.now)), asked.of(one, period), more

    return counted(asked, MOVES, told())


def churn(found: Found, asked: Asked) -> Rows:
    """Movements, and how many were active at the end of the day before each calendar period."""
    rows = movements(found, asked)
    before: dict[tuple[object, ...], int] = defaultdict(int)
    for one in found:
        for period in one.periods:
            for first, _ in asked.begun:
                if period.lasting and _is_active(period, first - timedelta(days=1), asked):
                    before[first, asked.of(one, period)] += 1
    return {key: {**row, "before": before[key]} for key, row in rows.items()}


def _starts(
    one: Subscription, before: Period | None, period: Period, asked: Asked
) -> Iterator[tuple[date | None, str, Row]]:
    day, here = asked.within(period.start), asked.of(one, period)
    unpriced = int(period.unpriced)
    if before is None:
        tried = any(p.kind == "trial" for p in one.periods[: period.place])
        more: Row = {"new": 1, "new_usd": period.mrr, "unpriced": unpriced, "tried": int(tried)}
        yield day, here, {**more, "intro": int(period.kind == "intro")}
    elif before.end.date() < period.start.date():
        yield day, here, {"reactivated": 1, "reactivation_usd": period.mrr, "unpriced": unpriced}
    else:
        if period.mrr != before.mrr:
            yield day, here, {_why(before, period): period.mrr - before.mrr, "unpriced": unpriced}
        if asked.of(one, before) != here:
            yield day, here, {"switched": 1, "switched_usd": before.mrr}
            yield day, asked.of(one, before), {"switched": -1, "switched_usd": -before.mrr}


def _why(before: Period, period: Period) -> str:
    def price(one: Period) -> tuple[object, ...]:
        payment = one.payment
        return payment.product_id, one.kind, payment.currency or "", payment.price_micros

    if period.payment.price_micros is not None and price(before) == price(period):
        return "fx_usd"
    return "expansion_usd" if period.mrr > before.mrr else "contraction_usd"


def trials(found: Found, asked: Asked) -> Rows:
    def told() -> Iterator[tuple[date | None, str, Row]]:
        for one in found:
            for period in _trials(one):
                segment = asked.of(one, period)
                converted = int(conversion(one, period) is not None)
                yield asked.within(period.start), segment, {"new": 1}
                ended = asked.within(period.ends(asked.now))
                yield ended, segment, {"ended": 1, "converted": converted}

    return counted(asked, {"new": 0, "ended": 0, "converted": 0}, told())


def trial_conversion(found: Found, asked: Asked) -> Rows:
    def told() -> Iterator[tuple[date | None, str, Row]]:
        for one in found:
            for period in _trials(one):
                paid = conversion(one, period)
                converted = paid is not None and paid.start <= asked.now
                pending = not converted and period.renews and period.ends(asked.now) > asked.now
                what = "converted" if converted else "pending" if pending else "abandoned"
                yield asked.within(period.start), asked.of(one, period), {"trials": 1, what: 1}

    return counted(asked, {"trials": 0, "converted": 0, "pending": 0, "abandoned": 0}, told())


def conversion(one: Subscription, trial: Period) -> Period | None:
    """The first payment after a trial, unless all of it went back."""
    later = [p for p in one.periods[trial.place + 1 :] if p.kind != "one_time"]
    following = [period for period in later if period.paid or period.kind == "trial"]
    first = following[0] if following else None
    return first if first and first.paid and first.refunded_at is None else None


def _trials(one: Subscription) -> list[Period]:
    return [p for p in one.periods if p.kind == "trial" and p.end > p.start]


def billing_recovery(found: Found, asked: Asked) -> Rows:
    def told() -> Iterator[tuple[date | None, str, Row]]:
        for one in found:
            for issue in one.issues:
                back = issue.recovered_at
                within = back is not None and back <= asked.now
                if back is not None:
                    within &= (back.date() - issue.at.date()).days <= asked.window_days
                took = (_second(back) - _second(issue.at)) // SECOND if back and within else 0
                yield (
                    asked.within(issue.at),
                    asked.segment_of(one, issue.about),
                    {"issues": 1, "recovered": int(within), "took": took},
                )

    rows = counted(asked, {"issues": 0, "recovered": 0, "took": 0}, told())
    return {key: {**row, "days": _average_days(row)} for key, row in rows.items()}


def _average_days(row: Row) -> float | None:
    recovered, took = int(str(row["recovered"])), int(str(row["took"]))
    return round(took / recovered / 86_400, 6) if recovered else None


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def cancel_reasons(found: Found, asked: Asked) -> Rows:
    rows: Rows = defaultdict(lambda: {"cancellations": 0})
    for one in found:
        for event, about in one.cancels:
            day = asked.within(event.occurred_at)
            if day is not None:
                reason = event.cancel_reason or ""
                rows[day, asked.segment_of(one, about), str(reason)]["cancellations"] += 1  # type: ignore[operator]
    return dict(rows)


def subscription_status(found: Found, asked: Asked) -> Rows:
    rows: Rows = defaultdict(lambda: {"active": 0, "trials": 0, "mrr": 0, "unpriced": 0})
    today = asked.begun[-1][0]
    for one in found:
        for period in one.periods:
            here = period.lasting or (period.kind == "trial" and period.end > period.start)
            if here and period.start <= asked.now < period.ends(asked.now):
                row = rows[today, asked.of(one, period), _status(period, asked)]
                row["active"] += period.paid  # type: ignore[operator]
                row["trials"] += not period.paid  # type: ignore[operator]
                row["mrr"] += period.mrr  # type: ignore[operator]
                row["unpriced"] += period.unpriced  # type: ignore[operator]
    return dict(rows)


def _status(period: Period, asked: Asked) -> str:
    if period.expires <= asked.now < period.end:
        return "billing_issue"
    return "set_to_renew" if period.renews else "set_to_cancel"
