"""The list of notifications: how it is asked of ClickHouse, and its rows. Pure.

A page is found by the key of `notifications` and a bound of time; what became of its rows is then
asked of `outcomes`. A question about outcomes first finds the receipts that they name.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sinks.console.notifications_asked import (
    KINDS,
    NONE_YET,
    OF_OUTCOMES,
    TEXTS,
    TIMES,
    Asked,
    Cursor,
)

PAGE = 50
# A message that was replayed, and a row that was written twice, has several rows: they count once.
_ROWS = 4 * PAGE

_WHERE = """
FROM notifications
WHERE topic = 'notifications.raw' AND receipt_id != ''
  AND ({app:String} = '' OR app_id = {app:String})
  AND ({store:String} = '' OR store = {store:String})
  AND received_at >= {since:DateTime64(3, 'UTC')} AND received_at < {until:DateTime64(3, 'UTC')}
"""
_AFTER = """
  AND (received_at < {after:DateTime64(3, 'UTC')}
    OR received_at = {after:DateTime64(3, 'UTC')} AND receipt_id < {receipt:String})
"""
# A set of integers costs less than half of one of texts. 64 bits: of 10 million receipts two share
# one with a chance of 3 in a million, and then the list has one line too many.
_TOLD = """
  AND cityHash64(receipt_id) IN (
    SELECT cityHash64(receipt_id) FROM outcomes
    WHERE received_at >= {since:DateTime64(3, 'UTC')}
      AND ({app:String} = '' OR app_id = {app:String})
      AND ({store:String} = '' OR store = {store:String})
      AND ({outcome:String} = '' OR kind = {outcome:String})
      AND ({type:String} = '' OR notification_type = {type:String})
      AND ({customer:String} = '' OR customer_id = {customer:String})
      AND ({purchase:String} = '' OR purchase_key = {purchase:String}
        OR endsWith(purchase_key, concat('/', {purchase:String}))))
"""
_UNTOLD = """
  AND cityHash64(receipt_id) NOT IN (
    SELECT cityHash64(receipt_id) FROM outcomes WHERE received_at >= {since:DateTime64(3, 'UTC')})
"""
_COLUMNS = "SELECT app_id, store, received_at, receipt_id, origin"
_ORDER = f"ORDER BY received_at DESC, receipt_id DESC, origin = 'replay' LIMIT {_ROWS}"
OUTCOMES = """
SELECT receipt_id, kind, notification_type, purchase_key, customer_id, environment, reason, events, received_at
FROM outcomes
WHERE received_at >= {since:DateTime64(3, 'UTC')} AND receipt_id IN {receipts:Array(String)}
ORDER BY received_at, written_at
LIMIT 1 BY receipt_id, kind, purchase_key, source, source_offset, source_place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A row of `notifications`, once a receipt."""

    app_id: str
    store: str
    received_at: datetime
    receipt_id: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """One outcome of a receipt. `received_at`: when it was applied, where it had waited."""

    receipt_id: str
    kind: str
    notification_type: str
    purchase_key: str
    customer_id: str
    environment: str
    reason: str
    events: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the list shows of one notification; `outcomes` in the order in which they came."""

    row: Listed
    outcomes: tuple[OutcomeRow, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(outcome.kind for outcome in self.outcomes))

    @property
    def type(self) -> str:
        return next((o.notification_type for o in self.outcomes if o.notification_type), "")

    @property
    def reason(self) -> str:
        return next((o.reason for o in reversed(self.outcomes) if o.reason), "")

    @property
    def purchase_key(self) -> str:
        return next((o.purchase_key for o in reversed(self.outcomes) if o.purchase_key), "")

    @property
    def customer_id(self) -> str:
        return next((o.customer_id for o in reversed(self.outcomes) if o.customer_id), "")

    @property
    def events(self) -> int:
        return sum(outcome.events for outcome in self.outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page of the list. `onward` None: it is the last."""

    lines: tuple[Line, ...]
    onward: Cursor | None


def statement(asked: Asked) -> str:
    """The question for a page's rows; only the parts that are asked for, so that keys are used."""
    about = any(getattr(asked, name) for name in OF_OUTCOMES) or asked.outcome in KINDS
    told = _TOLD if about else ""
    untold = _UNTOLD if asked.outcome == NONE_YET else ""
    after = _AFTER if asked.cursor else ""
    return f"{_COLUMNS} {_WHERE} {after} {told} {untold} {_ORDER}"


def parameters(asked: Asked, now: datetime) -> dict[str, object]:
    """Minutes are whole, so that a page that is asked for again is the same question."""
    minute = now.replace(second=0, microsecond=0)
    bound: dict[str, object] = {name: getattr(asked, name) for name in TEXTS}
    since = (asked.before or minute) - TIMES[asked.time]
    bound |= {"since": since, "until": asked.before or minute + timedelta(days=1)}
    bound |= {"outcome": asked.outcome if asked.outcome in KINDS else ""}
    if asked.cursor:
        bound |= {"after": asked.cursor.received_at, "receipt": asked.cursor.receipt_id}
    return bound


def sheet(rows: Iterable[Listed]) -> Sheet:
    """The rows of one page, each receipt once, without outcomes yet."""
    found = list(rows)
    once = list({(row.app_id, row.receipt_id): row for row in reversed(found)}.values())[::-1]
    more = len(once) > PAGE or len(found) == _ROWS
    shown = once[:PAGE]
    last = shown[-1] if shown and more else None
    return Sheet(
        lines=tuple(Line(row=row) for row in shown),
        onward=Cursor(received_at=last.received_at, receipt_id=last.receipt_id) if last else None,
    )


def with_outcomes(page: Sheet, outcomes: Iterable[OutcomeRow]) -> Sheet:
    by_receipt: dict[str, list[OutcomeRow]] = {}
    for outcome in outcomes:
        by_receipt.setdefault(outcome.receipt_id, []).append(outcome)
    lines = (
        replace(line, outcomes=tuple(by_receipt.get(line.row.receipt_id, ())))
        for line in page.lines
    )
    return replace(page, lines=tuple(lines))
