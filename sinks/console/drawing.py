"""What is drawn of each chart: which of its columns, in what shape, in what unit. Pure.

A chart that has no line here is drawn all the same: the first of its columns that is a number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sinks.charts.catalog import Chart

_FRAME = frozenset({"period_start", "segment", "incomplete", "unpriced"})
_WORDS = frozenset({"store", "origin", "reason", "status"})


class Shape(StrEnum):
    LINE = "line"  # of what is at a time, and of shares
    BARS = "bars"  # of what happened in a time, one on the other
    COHORTS = "cohorts"


class Unit(StrEnum):
    COUNT = "count"
    USD = "USD"
    SHARE = "share"  # 0 to 1
    MS = "ms"
    DAYS = "days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """`measures`: the columns that are drawn together; `total`: the one that is drawn when each
    segment is a line. `by`: columns that tell series apart, beside the segment. `negated`: drawn
    below zero. `absent`: a period without a row is 0, or nothing is known. `days`: shown at first."""

    title: str
    group: str
    shape: Shape
    measures: tuple[str, ...]
    total: str = ""
    by: tuple[str, ...] = ()
    negated: frozenset[str] = frozenset()
    absent: float | None = 0.0
    logarithmic: bool = False
    days: int = 90
    resolution: str = "day"


MONEY, SUBSCRIPTIONS, TRIALS, SPEED = "Revenue", "Subscriptions and customers", "Trials", "Speed"
_LINE, _BARS = Shape.LINE, Shape.BARS
DRAWINGS: Mapping[str, Drawing] = {
    "mrr": Drawing(title="MRR", group=MONEY, shape=_LINE, measures=("mrr_usd",)),
    "revenue": Drawing(
        title="Revenue",
        group=MONEY,
        shape=_BARS,
        measures=("new_usd", "renewal_usd"),
        total="revenue_usd",
    ),
    "arr": Drawing(title="ARR", group=MONEY, shape=_LINE, measures=("arr_usd",)),
    "mrr_movement": Drawing(
        title="MRR movement",
        group=MONEY,
        shape=_BARS,
        measures=(
            *("new_usd", "reactivation_usd", "expansion_usd"),
            *("contraction_usd", "churned_usd", "fx_usd"),
        ),
        total="change_usd",
    ),
    "ltv_per_paying_customer": Drawing(
        title="Lifetime value per paying customer",
        group=MONEY,
        shape=_LINE,
        measures=("ltv_usd",),
        resolution="week",
        days=364,
    ),
    "refunds": Drawing(title="Refunds", group=MONEY, shape=_BARS, measures=("refunded_usd",)),
    "refund_rate": Drawing(
        title="Refund rate", group=MONEY, shape=_LINE, measures=("refund_rate",), absent=None
    ),
    "non_subscription_purchases": Drawing(
        title="One-time purchases", group=MONEY, shape=_BARS, measures=("gross_usd",)
    ),
    "active_subscriptions": Drawing(
        title="Active subscriptions",
        group=SUBSCRIPTIONS,
        shape=_LINE,
        measures=("active_subscriptions",),
    ),
    "churn": Drawing(
        title="Churn",
        group=SUBSCRIPTIONS,
        shape=_LINE,
        measures=("churn_rate",),
        absent=None,
        resolution="month",
        days=365,
    ),
    "retention": Drawing(
        title="Retention",
        group=SUBSCRIPTIONS,
        shape=Shape.COHORTS,
        measures=("retention",),
        absent=None,
        resolution="month",
        days=365,
    ),
    "actives_movement": Drawing(
        title="Active subscriptions movement",
        group=SUBSCRIPTIONS,
        shape=_BARS,
        measures=("new", "resubscribed", "churned"),
        total="change",
        negated=frozenset({"churned"}),
    ),
    "subscription_status": Drawing(
        title="Subscription status",
        group=SUBSCRIPTIONS,
        shape=_BARS,
        measures=("active_subscriptions",),
        by=("status",),
        days=0,
    ),
    "new_paid_subscriptions": Drawing(
        title="New paid subscriptions",
        group=SUBSCRIPTIONS,
        shape=_BARS,
        measures=("direct", "from_trial", "from_intro"),
        total="new_paid_subscriptions",
    ),
    "new_paying_customers": Drawing(
        title="New paying customers",
        group=SUBSCRIPTIONS,
        shape=_BARS,
        measures=("new_paying_customers",),
    ),
    "cancel_reasons": Drawing(
        title="Cancel reasons",
        group=SUBSCRIPTIONS,
        shape=_BARS,
        measures=("cancellations",),
        by=("reason",),
    ),
    "billing_recovery": Drawing(
        title="Billing recovery",
        group=SUBSCRIPTIONS,
        shape=_LINE,
        measures=("recovery_rate",),
        absent=None,
        resolution="week",
        days=182,
    ),
    "trial_conversion": Drawing(
        title="Trial conversion",
        group=TRIALS,
        shape=_LINE,
        measures=("conversion_rate",),
        absent=None,
        resolution="week",
        days=182,
    ),
    "active_trials": Drawing(
        title="Active trials", group=TRIALS, shape=_LINE, measures=("active_trials",)
    ),
    "new_trials": Drawing(title="New trials", group=TRIALS, shape=_BARS, measures=("new_trials",)),
    "trials_movement": Drawing(
        title="Trials movement",
        group=TRIALS,
        shape=_BARS,
        measures=("new_trials", "ended_trials"),
        total="change",
        negated=frozenset({"ended_trials"}),
    ),
    "lag": Drawing(
        title="Lag",
        group=SPEED,
        shape=_LINE,
        measures=("occurred_to_visible_ms_p50",),
        by=("store", "origin"),
        absent=None,
        logarithmic=True,
        days=30,
    ),
}


def drawing_of(chart: Chart) -> Drawing:
    known = DRAWINGS.get(chart.name)
    if known is not None:
        return known
    title = chart.name.replace("_", " ").capitalize()
    by = tuple(name for name in chart.columns if name in _WORDS)
    return Drawing(title=title, group="More", shape=_LINE, measures=measures(chart)[:1], by=by)


def measures(chart: Chart) -> tuple[str, ...]:
    """The columns that can be drawn. Micros are the same as the column in USD beside them."""
    left = _FRAME | _WORDS
    return tuple(c for c in chart.columns if c not in left and not c.endswith("_micros"))


def unit_of(column: str) -> Unit:
    """By the names that columns of views have."""
    if column.endswith("_usd"):
        return Unit.USD
    if column.endswith("_rate") or column == "retention":
        return Unit.SHARE
    if "_ms_" in column:
        return Unit.MS
    return Unit.DAYS if column.startswith("days_") else Unit.COUNT


def grouped(charts: Iterable[Chart]) -> dict[str, list[tuple[Chart, Drawing]]]:
    """All of them, in the order of DRAWINGS, what is not there last."""
    order = list(DRAWINGS)
    told = sorted(charts, key=lambda c: order.index(c.name) if c.name in DRAWINGS else len(order))
    found: dict[str, list[tuple[Chart, Drawing]]] = {}
    for chart in told:
        drawing = drawing_of(chart)
        found.setdefault(drawing.group, []).append((chart, drawing))
    return found
