"""What follows from a chart's own numbers: shares, sums, money in USD, and what is unfinished."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from tests.sinks.charts.oracle_calendar import Asked
from tests.sinks.charts.oracle_lengths import product_length

Shown = Mapping[str, Any]
"""A row of the chart, by its own names."""
_MILLION, _MICRO = 1_000_000, Decimal("0.000001")
_MOVED_USD = ("new", "expansion", "contraction", "churned", "reactivation", "fx", "switched")


def _share(part: str, whole: str) -> Callable[[Shown], float | None]:
    """Null where there is nothing to have a share of."""
    return lambda row: row[part] / row[whole] if row[whole] else None


SHARES: Mapping[str, Mapping[str, Callable[[Shown], object]]] = {
    "mrr": {"mrr_usd": lambda row: Decimal(row["mrr_usd_micros"]) / _MILLION},
    "arr": {"arr_usd": lambda row: Decimal(row["arr_usd_micros"]) / _MILLION},
    "actives_movement": {
        "change": lambda row: row["new"] + row["resubscribed"] - row["churned"] + row["switched"]
    },
    "mrr_movement": {"change_usd": lambda row: sum(row[f"{name}_usd"] for name in _MOVED_USD)},
    "new_paid_subscriptions": {
        "direct": lambda row: row["new_paid_subscriptions"] - row["from_trial"] - row["from_intro"]
    },
    "trials_movement": {"change": lambda row: row["new_trials"] - row["ended_trials"]},
    "trial_conversion": {"conversion_rate": _share("converted", "trials")},
    "churn": {
        "churn_rate": lambda row: (
            (row["churned"] - row["resubscribed"]) / row["active_at_start"]
            if row["active_at_start"]
            else None
        )
    },
    "refund_rate": {"refund_rate": _share("refunded", "payments")},
    "billing_recovery": {"recovery_rate": _share("recovered", "issues")},
    "revenue": {
        "revenue_usd": lambda row: row["gross_usd"] - row["refunded_usd"],
        "renewal_usd": lambda row: row["gross_usd"] - row["refunded_usd"] - row["new_usd"],
    },
    "ltv_per_paying_customer": {
        "ltv_usd": lambda row: (
            (row["revenue_usd"] / row["paying_customers"]).quantize(_MICRO, ROUND_DOWN)
            if row["paying_customers"]
            else None
        )
    },
    "retention": {"retention": _share("retained", "cohort_size")},
    "subscription_status": {"arr_usd": lambda row: 12 * row["mrr_usd"]},
}
_BY_WINDOW = {"billing_recovery", "ltv_per_paying_customer"}


def check(name: str, row: Shown, asked: Asked) -> None:
    """Raise AssertionError where a row contradicts itself or the calendar."""
    for column, follows in SHARES.get(name, {}).items():
        assert row[column] == follows(row), (name, column, row)
    assert row["incomplete"] is _unfinished(name, row, asked), (name, row)


def _unfinished(name: str, row: Shown, asked: Asked) -> bool:
    first = row["period_start"]
    match name:
        case "subscription_status":
            return True
        case "trial_conversion":
            return row["pending"] > 0 or asked.unfinished(first)
        case "retention":
            return _youngest(first, asked) + _passed(row, asked) > asked.now
        case _:
            return asked.unfinished(first, asked.window_days if name in _BY_WINDOW else 0)


def _youngest(first: date, asked: Asked) -> datetime:
    following = dict(asked.periods)[first] + timedelta(days=1)
    return datetime.combine(following, time(), UTC)


def _passed(row: Shown, asked: Asked) -> timedelta:
    length = product_length(asked.duration)
    assert length is not None
    return int(row["period"]) * length
