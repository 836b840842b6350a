"""Answers of the charts API as tables in a terminal. Pure: values in, something to print out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

Json = Mapping[str, Any]
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_NUMBER = int | float
_WIDEST = 100_000


def status(labels: Json, deliveries: Json, lag: Json, now: datetime) -> RenderableType:
    """What an operator looks at first."""
    return Group(
        *(_attention(one) for one in lag["attention"]),
        *(_app(app, now) for app in labels["apps"]),
        *([_deliveries(deliveries["destinations"], now)] if deliveries["destinations"] else []),
        _lag(lag["groups"]),
    )


def rows(records: Sequence[Json], title: str = "") -> RenderableType:
    """Records that have the same names, numbers to the right."""
    if not records:
        return Text("no rows")
    table = _table(title)
    for name, value in records[0].items():
        table.add_column(name, justify="right" if isinstance(value, _NUMBER) else "left")
    for record in records:
        table.add_row(*(_figure(name, value) for name, value in record.items()))
    return table


def rows_within(records: Sequence[Json], title: str, width: int) -> RenderableType:
    """As `rows`, or upright where that would cut cells."""
    table = rows(records, title)
    return table if width_of(table) <= width else _upright(records, title)


def width_of(what: RenderableType) -> int:
    """In characters, with nothing cut or folded."""
    return Console(width=_WIDEST).measure(what).maximum


def _upright(records: Sequence[Json], title: str) -> RenderableType:
    """Each value on a line of its own."""
    table = Table.grid("", "", padding=(0, 2))
    table.title, table.title_justify = title or None, "left"
    for record in records:
        table.add_row()
        for name, value in record.items():
            table.add_row(name, _figure(name, value))
    return table


def _figure(name: str, value: object) -> str:
    """A share of 0.004 is no 0.00, as cents of USD would have it."""
    if isinstance(value, float) and not name.endswith("_usd"):
        return f"{value:,.4f}"
    return _cell(value)


def _app(app: Json, now: datetime) -> RenderableType:
    shipped = app["shipped_at"]
    since = f"shipped {ago(shipped, now)}" if shipped else "not shipped"
    table = _table(f"{app['name']} ({app['app_id']}): {app['plan_text']}, {since}")
    for name in ("store", "Last received", "last authentic", "last rejected", "on arrival"):
        table.add_column(name)
    for store in app["stores"]:
        table.add_row(
            store["title"],
            _label(store, now),
            ago(store["last_authentic_at"], now),
            _rejected(store, now),
            ", ".join(f"{count} {kind}" for kind, count in store["counts"].items()),
        )
    billed = "; ".join(map(_billed, app["billable"]))
    table.caption = f"posted by its backend: {billed}" if billed else None
    return table


def _billed(month: Json) -> str:
    """A purchase whose price in USD is not known adds nothing to the sum, so it is told besides."""
    purchases = "purchase" if month["purchases"] == 1 else "purchases"
    told = f"{month['month']}: {month['purchases']} {purchases}, {month['usd']:,.2f} USD"
    return f"{told}, {month['unpriced']} without a price" if month["unpriced"] else told


def _label(store: Json, now: datetime) -> Text:
    if store["last_received_at"]:
        return Text(f"{store['text']} ({ago(store['last_received_at'], now)})", style="green")
    lines = [store["text"], store["why"], store["warning"]]
    return Text("\n".join(filter(None, lines)), style="yellow")


def _rejected(store: Json, now: datetime) -> str:
    at = store["last_rejected_at"]
    if not at:
        return "never"
    detail = f": {store['last_rejected_detail']}" if store["last_rejected_detail"] else ""
    return f"{ago(at, now)}, {store['last_rejected_reason']}{detail}"


def _deliveries(destinations: Iterable[Json], now: datetime) -> RenderableType:
    table = _table("deliveries, last 24 hours")
    names = ("destination", "type", "events", "delivered", "retries", "dead")
    for name in (*names, "after, p50", "after, p99", "last delivered"):
        table.add_column(name, justify="left" if name in {"destination", "type"} else "right")
    for one in destinations:
        table.add_row(
            *(_cell(one[name]) for name in names),
            _milliseconds(one["delivered_after_ms_p50"]),
            _milliseconds(one["delivered_after_ms_p99"]),
            ago(one["last_delivered_at"], now) if one["delivered"] else "never",
        )
    return table


def _attention(one: Json) -> RenderableType:
    return Text.assemble((f"! {one['what']}\n", "bold red"), f"  {one['do']}\n")


def _lag(groups: Sequence[Json]) -> RenderableType:
    """Of those that have something to read: the others are only counted."""
    waiting = [lag for lag in groups if lag["records"]]
    if not waiting:
        return Text(
            f"lag: none, read to the end: {len(groups)} of {len(groups)}"
            if groups
            else "lag: not known"
        )
    table = _table("lag: what each group has yet to read, or keeps until it is due")
    table.add_column("group")
    table.add_column("topic")
    table.add_column("records", justify="right")
    table.add_column("oldest, s", justify="right")
    for lag in waiting:
        table.add_row(lag["group"], lag["topic"], f"{lag['records']:,}", f"{lag['seconds']:.1f}")
    table.caption = f"read to the end: {len(groups) - len(waiting)} of {len(groups)}"
    return table


def _table(title: str) -> Table:
    return Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, caption_justify="left")


def ago(at: str | None, now: datetime) -> str:
    """How long before `now`, in one unit."""
    if not at:
        return "never"
    seconds = int((now - datetime.fromisoformat(at)) / timedelta(seconds=1))
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{max(seconds, 0)} s ago"


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f} ms"


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else ""
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.2f}"
        case _:
            return str(value)
