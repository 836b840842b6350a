"""What tests ask of charts: a chart's rows, and whole tables, as plain values."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from sinks.charts.catalog import Chart, read_catalog
from sinks.charts.parameters import read_parameters
from sinks.charts.writer import Writer
from streams.contracts.event import Event
from streams.observe import clock
from tests.sinks.charts.story import Story, record

CATALOG = read_catalog()
MRR, ACTIVE = "mrr_usd_micros", "active_subscriptions"
TABLES = (
    *("events", "told_events", "customer_aliases", "event_times", "subscriptions"),
    *("notifications", "outcomes", "attempts", "erasures"),
)
SUMS = ("day_sums", "customer_sums", "summed_aliases", "summed_parts")  # of what those hold
_UNSTAMPED = {"subscriptions", "customer_aliases", "erasures"}


def write(writer: Writer, *stories: Story) -> None:
    tell(writer, [event for story in stories for event in story.events])


def tell(writer: Writer, events: Iterable[Event]) -> None:
    writer.write([record(event) for event in events])


def ask(client: Client, name: str, **asked: str) -> list[dict[str, Any]]:
    """The chart's rows by column name: of its view, which tests stop the clock of."""
    chart = CATALOG[name]
    parameters = read_parameters(chart.parameters, _named(asked), clock.now().date())
    found = client.query(of_view(chart), parameters=parameters)
    return list(found.named_results())


def of_view(chart: Chart) -> str:
    """What a tool of somebody's asks for the chart, each parameter bound."""
    bound = ", ".join(f"{name} = {{{name}:{kind}}}" for name, kind in chart.types.items())
    return f"SELECT * FROM {chart.view}({bound})"


def days(client: Client, name: str, column: str, first: str, last: str, **asked: str) -> list[Any]:
    """One column of a chart without segments, day by day."""
    rows = ask(client, name, start=first, to=last, **asked)
    return [row[column] for row in rows]


def told(
    client: Client, name: str, columns: str, first: str, last: str, **asked: str
) -> list[tuple[Any, ...]]:
    """Some columns of a chart, by their names in a text; money as a float of USD. By month, if not said."""
    asked = {"resolution": "month", **asked}
    rows = ask(client, name, start=first, to=last, **asked)
    return [tuple(_simple(row[column]) for column in columns.split()) for row in rows]


def _simple(value: object) -> object:
    if isinstance(value, date):
        return str(value)
    return float(value) if isinstance(value, Decimal) else value


def mrr(client: Client, first: str, last: str, **asked: str) -> list[int]:
    """MRR in micros of USD, day by day."""
    return days(client, "mrr", MRR, first, last, **asked)


def active(client: Client, first: str, last: str, **asked: str) -> list[int]:
    """Active subscriptions, day by day."""
    return days(client, "active_subscriptions", ACTIVE, first, last, **asked)


def table(client: Client, name: str) -> list[tuple[Any, ...]]:
    """A table's rows but for when they were written."""
    return sorted(client.query(rows_of(name)).result_rows, key=repr)


def rows_of(name: str) -> str:
    """The statement that asks for them."""
    except_ = "" if name in _UNSTAMPED else "EXCEPT (written_at)"
    return f"SELECT * {except_} FROM {name} FINAL"


def day(text: str) -> date:
    return date.fromisoformat(text)


def _named(asked: dict[str, str]) -> dict[str, str]:
    return {{"start": "from"}.get(name, name): value for name, value in asked.items()}
