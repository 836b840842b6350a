"""Rows without what was erased: the customer under a pseudonym, their notifications without content. Pure.

What they paid stays, so charts stay as they were.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from sinks.charts.columns import Row
from sinks.charts.rows import ATTEMPTS, EVENTS, NOTIFICATIONS, OUTCOMES

_NAMES = ("customer_id", "original_customer_id")
_LISTS = ("aliases", "transferred_from", "transferred_to")
Rows = dict[str, list[Row]]


class Kind(StrEnum):
    """By what a row is found that says something of an erased customer."""

    CUSTOMER = "customer"
    RECEIPT = "receipt"
    EVENT = "event"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """One row of `erasures`."""

    app_id: str
    kind: Kind
    digest: str


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """What a mark is made of."""

    app_id: str
    kind: Kind
    name: str

    @property
    def mark(self) -> Mark:
        text = f"{self.app_id}\0{self.name}"
        return Mark(self.app_id, self.kind, sha256(text.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Erased:
    """`marks`: to the pseudonym, empty but for customers."""

    marks: Mapping[Mark, str] = field(default_factory=dict)

    def pseudonym(self, app_id: str, customer_id: str) -> str | None:
        return self.marks.get(Named(app_id, Kind.CUSTOMER, customer_id).mark)

    def has(self, app_id: str, kind: Kind, name: str) -> bool:
        return Named(app_id, kind, name).mark in self.marks


def without_erased(rows: Rows, erased: Erased) -> tuple[Rows, frozenset[Named]]:
    """The rows to write, and which notifications and events turned out to be of erased customers.

    An outcome or event may tell whose a notification is after the notification was written.
    """
    if not erased.marks:
        return rows, frozenset()
    told = {table: [_told(table, row, erased) for row in some] for table, some in rows.items()}
    new = frozenset(
        found
        for table in (EVENTS, OUTCOMES)
        for before, after in zip(rows[table], told[table], strict=True)
        if before != after
        for found in _named(before)
        if found.mark not in erased.marks
    )
    if not new:
        return told, new
    known = Erased({**erased.marks, **{found.mark: "" for found in new}})
    return {table: [_told(table, row, known) for row in some] for table, some in told.items()}, new


def _named(row: Row) -> Iterable[Named]:
    app_id = str(row["app_id"])
    if row["receipt_id"]:
        yield Named(app_id, Kind.RECEIPT, str(row["receipt_id"]))
    if "event_id" in row:
        yield Named(app_id, Kind.EVENT, str(row["event_id"]))


def _told(table: str, row: Row, erased: Erased) -> Row:
    app_id = str(row["app_id"])
    if table == EVENTS:
        return _event(row, app_id, erased)
    if table == OUTCOMES:
        name = erased.pseudonym(app_id, str(row["customer_id"]))
        return {**row, "customer_id": name, "detail": ""} if name else row
    if table == NOTIFICATIONS and erased.has(app_id, Kind.RECEIPT, str(row["receipt_id"])):
        return {**row, "body": b"", "request_headers": [], "record_headers": {}, "detail": ""}
    if table == ATTEMPTS and erased.has(app_id, Kind.EVENT, str(row["event_id"])):
        return {**row, "response_snippet": "", "detail": ""}
    return row


def _event(row: Row, app_id: str, erased: Erased) -> Row:
    def told(name: object) -> str:
        return erased.pseudonym(app_id, str(name)) or str(name)

    names = {column: told(row[column]) for column in _NAMES}
    lists = {column: [told(name) for name in _listed(row[column])] for column in _LISTS}
    return {**row, **names, **lists}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
