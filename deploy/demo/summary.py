"""What a person reads when the history has been played: stores, webhooks, money, and where to look."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from rich.console import Group, RenderableType
from rich.json import JSON
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from deploy.demo.comparison import Comparison
from deploy.demo.demo import Result
from deploy.demo.service import Addresses, Service

_TITLES = {"app_store": "App Store", "stripe": "Stripe", "play_store": "Google Play"}
_MICROS = 1_000_000
_COLUMNS = ("received", "matched", "parked", "rejected")
_LEGEND = (
    "parked: genuine, kept until somebody tracks its purchase. rejected: forged.\n"
    "  The demo takes the stores' places: their APIs are asked too, Google's for each message."
)
_STORES = """\
SELECT
  store, count() AS received, countIf(was_tracked) AS matched,
  countIf(NOT was_tracked AND has(kinds, 'parked')) AS parked,
  countIf(has(kinds, 'rejected')) AS rejected
FROM (
  SELECT store, receipt_id, max(tracked) AS was_tracked, groupUniqArray(kind) AS kinds
  FROM outcomes GROUP BY store, receipt_id HAVING countIf(origin = 'notification') > 0
)
GROUP BY store ORDER BY received DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the service itself says of what was played, and what the ground truth says to that."""

    stores: list[dict[str, Any]]
    labels: dict[str, dict[str, Any]]
    app: dict[str, Any]
    received: dict[str, Any]
    comparison: Comparison
    result: Result


async def gather(service: Service, comparison: Comparison, result: Result) -> Summary:
    told = await service.get(f"{service.addresses.charts}/v1/last-received")
    app = told["apps"][0]
    return Summary(
        stores=await service.query(_STORES),
        labels={store["store"]: store for store in app["stores"]},
        app=app,
        received=await service.received(),
        comparison=comparison,
        result=result,
    )


def shown(summary: Summary, addresses: Addresses) -> RenderableType:
    parts: list[RenderableType] = [
        Text("\nThe last webhook, as the demo's backend received it:"),
        _payload(summary.received["last"]),
        _stores(summary),
        _money(summary),
        _webhooks(summary),
        _where(addresses),
    ]
    if summary.result.missing:
        parts.append(Text(f"Not everything has arrived: {summary.result.missing}.\n", style="red"))
    return Group(*parts)


def _payload(payload: dict[str, Any]) -> Text:
    """Lines as they are, however long: folded ones could not be copied."""
    lines = JSON(orjson.dumps(payload).decode()).text.split("\n")
    return Text("\n").join([*(Text("  ") + line for line in lines), Text()])


def _stores(summary: Summary) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("store", no_wrap=True)
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Last received (UTC)", no_wrap=True)
    for row in summary.stores:
        counts = (f"{row[name]:,}" if row[name] else "" for name in _COLUMNS)
        table.add_row(_TITLES[row["store"]], *counts, _label(summary.labels[row["store"]]))
    return Group(Padding.indent(table, 2), Text(f"  {_LEGEND}\n  {_plan(summary.app)}\n"))


def _label(label: dict[str, Any]) -> str:
    if label["last_received_at"]:
        at = datetime.fromisoformat(label["last_received_at"])
        return f"{at:%Y-%m-%d %H:%M:%S}"
    return f"{label['text']}: {label['why']}"


def _plan(app: dict[str, Any]) -> str:
    billed = ", ".join(
        f"{month['purchases']} purchases of {month['usd']:,.2f} USD in {month['month']}"
        for month in app["billable"]
    )
    shipped = "shipped" if app["shipped_at"] else "not shipped"
    return (
        f"Plan {app['plan_text']}, {shipped}. Billable: {billed or 'nothing'}\n"
        "  (what its own backend posted, and never a notification)."
    )


def _money(summary: Summary) -> Text:
    comparison = summary.comparison
    lines = Text()
    for name, unit in (("mrr_micros", "MRR"), ("active", "Active subscriptions")):
        values = {store: getattr(comparison.now(store), name) for store in comparison.stores}
        split = ", ".join(f"{_TITLES[store]} {_amount(name, n)}" for store, n in values.items())
        lines.append(f"  {unit} today: ")
        lines.append(_amount(name, sum(values.values())), style="bold")
        lines.append(f"  ({split})\n")
    compared = f"{comparison.days} days, {len(comparison.stores)} stores"
    if comparison.differences:
        first = comparison.differences[0]
        text = f"{len(comparison.differences)} figures differ from the ground truth, first {first}"
        lines.append(f"  {text}\n", style="red")
    else:
        text = f"equal to the ground truth, to the micro, on every day ({compared})."
        lines.append(f"  {text}\n", style="green")
    return lines


def _amount(name: str, value: int) -> str:
    return f"{value / _MICROS:,.2f} USD" if name == "mrr_micros" else f"{value:,}"


def _webhooks(summary: Summary) -> Text:
    received = summary.received
    types = "".join(f"    {n:>5,} {type_}\n" for type_, n in received["types"].items())
    return Text(
        f"  Webhooks: {received['events']:,} of {summary.result.webhooks:,} events delivered,"
        f" {received['repeated']} of them twice;\n  every signature was checked.\n{types}\n"
    )


def _where(addresses: Addresses) -> Text:
    return Text(
        f"  Console         {addresses.charts}/\n"
        f"  MRR             {addresses.charts}/v1/charts/mrr?segment=store\n"
        f"  Webhooks        {addresses.receiver}\n"
        f"  Purchases       POST {addresses.api}/v1/purchases\n"
        f"  Notifications   POST {addresses.notifications}/v1/notifications/STORE/TOKEN\n"
        f"  Stores' APIs    {addresses.stores}, which fail when told to: PUT /demo/faults/STORE\n"
        "  All of it       .local/venv/bin/python -m sinks status\n"
    )
