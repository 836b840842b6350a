"""What ClickHouse answered, as plain values that JSON and CSV can hold. Pure."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from math import isfinite

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`type`: ClickHouse's word for it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`truncated`: there was more."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Plain, ...], ...]
    truncated: bool = False

    def records(self) -> list[dict[str, Plain]]:
        """Each row by column name."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


def answer_of(
    names: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[object]], most: int
) -> Answer:
    """At most `most` rows."""
    plain_rows = tuple(tuple(plain(value) for value in row) for row in rows)
    return Answer(
        columns=tuple(
            Column(name=name, type=kind) for name, kind in zip(names, types, strict=True)
        ),
        rows=plain_rows[:most],
        truncated=len(plain_rows) > most,
    )


def plain(value: object) -> Plain:
    """A value as JSON has it: times RFC 3339 in UTC, decimals as numbers, bytes as hex."""
    match value:
        case None | bool() | int() | str():
            return value
        case list() | tuple() | set():
            return [plain(part) for part in value]
        case dict():
            return {str(key): plain(part) for key, part in value.items()}
        case _:
            return _plain(value)


def _plain(value: object) -> Plain:
    match value:
        case float() | Decimal():
            return float(value) if isfinite(value) else None
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _moment(value: datetime) -> str:
    """chDB gives some columns without a zone: those are UTC."""
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")


def as_csv(answer: Answer) -> str:
    """With a line of names. A cell that a spreadsheet would calculate is made text (OWASP)."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in answer.columns)
    writer.writerows([_cell(value) for value in row] for row in answer.rows)
    return text.getvalue()


def _cell(value: Plain) -> Plain:
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
