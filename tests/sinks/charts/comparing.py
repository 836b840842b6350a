"""Each chart beside the oracle: what it shows, in the oracle's words, and what it must show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from tests.sinks.charts import oracle_charts, oracle_money
from tests.sinks.charts.asking import ask
from tests.sinks.charts.oracle import Subscription
from tests.sinks.charts.oracle_calendar import Asked, Row, Rows
from tests.sinks.charts.oracle_shares import check

Found = list[Subscription]
Oracle = Callable[[Found, Asked], Rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`columns`: the chart's to the oracle's. `keys`: by which rows are known after the first day and segment."""

    oracle: Oracle
    columns: Mapping[str, str]
    keys: tuple[str, ...] = ()


_MOVED = {"new": "new", "churned": "churned"}
CHARTS = {
    "mrr": Compared(oracle=oracle_charts.active, columns={"mrr_usd_micros": "mrr", "unpriced": "unpriced"}),
    "arr": Compared(
        oracle=oracle_charts.annual,
        columns={"arr_usd_micros": "arr", "unpriced": "unpriced"},
    ),
    "active_subscriptions": Compared(
        oracle=oracle_charts.active,
        columns={"active_subscriptions": "active", "unpriced": "unpriced"},
    ),
    "mrr_movement": Compared(
        oracle=oracle_charts.movements,
        columns={name: name for name in oracle_charts.MOVES if name.endswith("_usd")} | {"unpriced": "unpriced"},
    ),
    "actives_movement": Compared(
        oracle=oracle_charts.movements,
        columns={**_MOVED, "resubscribed": "reactivated", "switched": "switched"},
    ),
    "new_paid_subscriptions": Compared(
        oracle=oracle_charts.movements,
        columns={"new_paid_subscriptions": "new", "from_trial": "tried", "from_intro": "intro"},
    ),
    "churn": Compared(
        oracle=oracle_charts.churn,
        columns={"active_at_start": "before", "churned": "churned", "resubscribed": "reactivated"},
    ),
    "active_trials": Compared(
        oracle=oracle_charts.trials_active, columns={"active_trials": "active_trials"}
    ),
    "new_trials": Compared(oracle=oracle_charts.trials, columns={"new_trials": "new"}),
    "trials_movement": Compared(
        oracle=oracle_charts.trials,
        columns={"new_trials": "new", "ended_trials": "ended", "converted_trials": "converted"},
    ),
    "trial_conversion": Compared(
        oracle=oracle_charts.trial_conversion,
        columns={name: name for name in ("trials", "converted", "pending", "abandoned")},
    ),
    "billing_recovery": Compared(
        oracle=oracle_charts.billing_recovery,
        columns={"issues": "issues", "recovered": "recovered", "days_to_recover": "days"},
    ),
    "cancel_reasons": Compared(
        oracle=oracle_charts.cancel_reasons,
        columns={"cancellations": "cancellations"},
        keys=("reason",),
    ),
    "revenue": Compared(
        oracle=oracle_money.revenue,
        columns={
            "payments": "payments", "gross_usd": "gross", "refunded_usd": "refunded", "new_usd": "new",
            "net_of_tax_usd": "untaxed", "proceeds_usd": "proceeds", "unpriced": "unpriced",
        },
    ),
    "refund_rate": Compared(
        oracle=oracle_money.refund_rate,
        columns={"payments": "payments", "refunded": "refunded", "refunded_in_part": "part"},
    ),
    "refunds": Compared(
        oracle=oracle_money.refunds,
        columns={"refunds": "refunds", "whole": "whole", "refunded_usd": "usd", "unpriced": "unpriced"},
    ),
    "non_subscription_purchases": Compared(
        oracle=oracle_money.one_time,
        columns={
            "purchases": "purchases", "gross_usd": "gross", "refunded_usd": "back", "unpriced": "unpriced",
        },
    ),
    "new_paying_customers": Compared(
        oracle=oracle_money.new_paying_customers, columns={"new_paying_customers": "customers"}
    ),
    "ltv_per_paying_customer": Compared(
        oracle=oracle_money.ltv,
        columns={"paying_customers": "customers", "revenue_usd": "usd", "unpriced": "unpriced"},
    ),
    "retention": Compared(
        oracle=oracle_money.retention,
        columns={"cohort_size": "began", "retained": "retained"},
        keys=("period",),
    ),
    "subscription_status": Compared(
        oracle=oracle_charts.subscription_status,
        columns={
            "active_subscriptions": "active", "active_trials": "trials", "mrr_usd": "mrr", "unpriced": "unpriced",
        },
        keys=("status",),
    ),
}  # fmt: skip


def compare(client: Client, name: str, found: Found, asked: Asked, **more: str) -> None:
    """Raise AssertionError where the chart and the oracle differ."""
    chart = CHARTS[name]
    rows = ask(
        client,
        name,
        start=str(asked.periods[0][0]),
        to=str(asked.periods[-1][0]),
        segment=asked.segment,
        **more,
    )
    for row in rows:
        check(name, row, asked)
    shown = {_key(row, chart.keys): _plain(row, chart.columns) for row in rows}
    if name == "retention":  # it shows zeros, to the age of the cohort
        shown = {key: row for key, row in shown.items() if row["retained"]}
    true = {
        key: {column: row[column] for column in chart.columns.values()}
        for key, row in chart.oracle(found, asked).items()
    }
    assert shown == true, f"{name} by {asked.segment or 'nothing'}"


def _key(row: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[object, ...]:
    return row["period_start"], row["segment"], *(row[key] for key in keys)


def _plain(row: Mapping[str, Any], columns: Mapping[str, str]) -> Row:
    """Money in millionths, averages to a millionth."""
    return {known: _number(row[name]) for name, known in columns.items()}


def _number(value: object) -> object:
    match value:
        case Decimal():
            return int(value * 1_000_000)
        case float():
            return round(value, 6)
        case _:
            return value
