"""Rows as who asked wants them: a table to read, or CSV and JSON to pipe on."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import click
from rich.console import Console

from sinks.charts import show
from streams.contracts.codec import write_json

_WIDE = 200  # characters, where nobody's terminal says


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


FORMAT = click.option(
    "--format",
    "shape",
    type=click.Choice(Format, case_sensitive=False),
    default="table",
    show_default=True,
    help="csv: as the API gives it, with a line of names; json: a list of rows by name.",
)


def print_json(records: Sequence[Mapping[str, Any]]) -> None:
    click.echo(write_json(list(records)))


def print_table(records: Sequence[Mapping[str, Any]], title: str = "") -> None:
    """No cell is cut: a file gets lines as long as they are."""
    console = Console()
    if console.is_terminal:
        console.print(show.rows_within(records, title, console.width))
        return
    table = show.rows(records, title)
    Console(width=max(_WIDE, show.width_of(table))).print(table)
