"""The rows of a file to import, CSV or JSON lines, each a purchase as a backend would post it.

A bad row is told by its line and its reason, and the others go on. The file is read as a stream,
so that its size does not matter.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO

import msgspec

from streams.contracts.codec import convert
from streams.contracts.errors import ConfigError, MalformedError
from streams.contracts.ids import ReceiptId
from streams.contracts.posting import FIELDS, Post, accept_post
from streams.contracts.project import App
from streams.contracts.purchase import PostedPurchase
from streams.contracts.stores import BY_NAME
from streams.contracts.unread import unread
from streams.contracts.words import Origin

ANY_ID = "purchase_id"  # a column's name that means the root id of whichever store the row names
_JSON_LINES = {".jsonl", ".ndjson", ".json"}
_object = msgspec.json.Decoder(dict[str, object], float_hook=Decimal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`line`: of the file, from 1. `text`: as it stood there. `position`: bytes read so far."""

    line: int
    text: str
    position: int = 0
    fields: dict[str, object] | None = None
    problem: str = ""


def rows_of(file: Path, ignored: Iterable[str] = ()) -> Iterator[Row]:
    """Raise ConfigError for a file that is neither CSV with a header nor JSON lines.

    Bytes that are no UTF-8 stay in their row as surrogates, which no field accepts.
    """
    with file.open("rb") as raw:
        lines = _lines(raw)
        if file.suffix in _JSON_LINES:
            yield from _json_lines(lines, raw, frozenset(ignored))
        else:
            yield from _csv(file, lines, raw, frozenset(ignored))


def accept_row(row: Row, app: App, store: str | None, now: datetime) -> PostedPurchase:
    """The row as a record of origin import; raise RejectedError, naming the field, when it is none.

    Its tracking id follows from what it says, so that importing a file twice names the same ones.
    """
    if row.fields is None:
        raise MalformedError(row.problem)
    fields = _named({"store": store, **row.fields} if store else row.fields)
    if "store" not in fields:
        raise MalformedError("store: is missing: give --store, or a column of that name")
    posted = accept_post(
        convert(fields, Post), app, tracking_id=ReceiptId(""), received_at=now, origin=Origin.IMPORT
    )
    whose = f"{posted.store}/{posted.purchase_id or posted.looked_up_id or row.line}/{posted.customer_id}"
    return replace(posted, tracking_id=ReceiptId(f"import/{app.app_id}/{whose}"))


def _lines(raw: IO[bytes]) -> Iterator[str]:
    for number, line in enumerate(raw):
        text = line.decode("utf-8", errors="surrogateescape")
        yield text.removeprefix("\ufeff") if number == 0 else text


def _json_lines(lines: Iterator[str], raw: IO[bytes], ignored: frozenset[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _json_row(Row(line=number, text=line.strip(), position=raw.tell()), ignored)


def _json_row(row: Row, ignored: frozenset[str]) -> Row:
    try:
        value = _object.decode(row.text)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        return replace(row, problem=f"not a JSON object: {unread(error)}")
    return replace(row, fields={name: part for name, part in value.items() if name not in ignored})


def _csv(
    file: Path, lines: Iterator[str], raw: IO[bytes], ignored: frozenset[str]
) -> Iterator[Row]:
    rows = csv.DictReader(lines, restkey="", restval=None)
    _check_columns(file, set(rows.fieldnames or ()) - ignored)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line=rows.line_num, text="", position=raw.tell(), problem=str(error))
            continue
        yield _csv_row(cells, ignored, line=rows.line_num, position=raw.tell())


def _csv_row(
    cells: dict[str, str | list[str] | None], ignored: frozenset[str], *, line: int, position: int
) -> Row:
    row = Row(
        line=line, text=",".join(str(cell or "") for cell in cells.values()), position=position
    )
    if "" in cells:
        return replace(row, problem="has more cells than the first line names")
    given = {name: cell for name, cell in cells.items() if cell and name not in ignored}
    return replace(row, fields=dict(given))


def _check_columns(file: Path, columns: set[str]) -> None:
    unknown = columns - {*FIELDS, ANY_ID}
    if "app_user_id" in columns and not unknown:
        return
    wrong = f" Unknown: {', '.join(sorted(unknown))} (--ignore passes one over)." if unknown else ""
    names = ", ".join((*FIELDS, ANY_ID))
    raise ConfigError(f"{file}: the first line must name its columns, of {names}.{wrong}")


def _named(fields: dict[str, object]) -> dict[str, object]:
    """With `purchase_id` under the name that the row's store has for it."""
    if ANY_ID not in fields:
        return fields
    found = [known for known in BY_NAME.values() if known.name == fields.get("store")]
    named = {found[0].purchase_field: fields[ANY_ID]} if found else {}
    return {name: value for name, value in fields.items() if name != ANY_ID} | named
