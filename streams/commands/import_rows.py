"""The rows of a file to import, CSV or JSON lines, each a purchase as a backend would post it.

A bad row is told by its line and its reason, and the others go on.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from streams.contracts.codec import read_json
from streams.contracts.errors import ConfigError, MalformedError
from streams.contracts.ids import ReceiptId
from streams.contracts.posting import FIELDS, Post, accept_post
from streams.contracts.project import App
from streams.contracts.purchase import PostedPurchase
from streams.contracts.words import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`line`: of the file, from 1. `text`: as it stood there."""

    line: int
    text: str
    fields: dict[str, object] | None = None
    problem: str = ""


def rows_of(file: Path) -> Iterator[Row]:
    """Raise ConfigError for a file that is neither CSV with a header nor JSON lines."""
    if file.suffix in {".jsonl", ".ndjson", ".json"}:
        yield from _json_lines(file)
    else:
        yield from _csv(file)


def _json_lines(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8", errors="replace") as text:
        for number, line in enumerate(text, 1):
            if line.strip():
                yield _json_row(number, line.strip())


def _json_row(number: int, line: str) -> Row:
    try:
        value = read_json(line)
    except MalformedError as error:
        return Row(line=number, text=line, problem=str(error))
    if not isinstance(value, dict):
        return Row(line=number, text=line, problem="not a JSON object")
    return Row(line=number, text=line, fields=value)


def _csv(file: Path) -> Iterator[Row]:
    with file.open(newline="", encoding="utf-8", errors="replace") as text:
        rows = csv.DictReader(text)
        columns = set(rows.fieldnames or ())
        unknown = columns - set(FIELDS)
        if "app_user_id" not in columns or unknown:
            names = ", ".join(FIELDS)
            wrong = f" unknown: {', '.join(sorted(unknown))}." if unknown else ""
            raise ConfigError(f"{file}: the first line must name its columns, of {names}.{wrong}")
        for row in rows:
            given = {name: value for name, value in row.items() if name and value}
            yield Row(line=rows.line_num, text=",".join(map(str, row.values())), fields=given)


def accept_row(row: Row, app: App, store: str | None, now: datetime) -> PostedPurchase:
    """The row as a record of origin import; raise RejectedError, naming the field, when it is none.

    Its tracking id follows from what it says, so that importing a file twice names the same ones.
    """
    if row.fields is None:
        raise MalformedError(row.problem)
    fields = {"store": store, **row.fields} if store else row.fields
    try:
        post = msgspec.convert(fields, Post, strict=False)
    except msgspec.ValidationError as error:
        raise MalformedError(str(error)) from error
    posted = accept_post(
        post, app, tracking_id=ReceiptId(""), received_at=now, origin=Origin.IMPORT
    )
    whose = f"{posted.store}/{posted.purchase_id or row.line}/{posted.customer_id}"
    return replace(posted, tracking_id=ReceiptId(f"import/{app.app_id}/{whose}"))
