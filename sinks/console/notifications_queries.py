"""The list of notifications: what may be asked, how it is asked of ClickHouse, and its rows. Pure.

A page is found by the key of `notifications` and a bound of time; what became of its rows is then
asked of `outcomes`. A question about outcomes first finds the receipts that they name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from streams.contracts.errors import MalformedError
from streams.contracts.outcome import OutcomeKind

PAGE = 50
DEFAULT_DAYS = 7
TIMES = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=DEFAULT_DAYS)}
TIMES |= {"30d": timedelta(days=30), "400d": timedelta(days=400)}
NONE_YET = "none"  # an outcome to ask for: there is none
KINDS = tuple(kind.value for kind in OutcomeKind if kind is not OutcomeKind.UNKNOWN_TOKEN)
_OF_OUTCOMES = ("type", "purchase", "customer")
_TEXTS = ("app", "store", *_OF_OUTCOMES)
_MOST = 1_500  # characters of a filter: a Google token has 1,000
# A message that was replayed, and a row that was written twice, has several rows: they count once.
_ROWS = 4 * PAGE
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

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
_TOLD = """
  AND receipt_id IN (
    SELECT receipt_id FROM outcomes
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
  AND receipt_id NOT IN (
    SELECT receipt_id FROM outcomes WHERE received_at >= {since:DateTime64(3, 'UTC')})
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
class Cursor:
    """The last row that was shown."""

    received_at: datetime
    receipt_id: str

    def text(self) -> str:
        return f"{self.received_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}~{self.receipt_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The form's values. `time`: a name of TIMES, up to `before`, which None is now; `cursor` None:
    from the newest of them on."""

    app: str = ""
    store: str = ""
    type: str = ""
    outcome: str = ""
    purchase: str = ""
    customer: str = ""
    time: str = "7d"
    before: datetime | None = None
    cursor: Cursor | None = None

    def query(self, cursor: Cursor | None = None) -> str:
        """The same question as a URL's query, from `cursor` on."""
        names = ("app", "store", "type", "outcome", "purchase", "customer", "time")
        values = {name: getattr(self, name) for name in names if getattr(self, name)}
        values |= {"before": self.before_text} if self.before else {}
        return urlencode(values | ({"cursor": cursor.text()} if cursor else {}))

    @property
    def before_text(self) -> str:
        """As a browser's field of a time has it, and gives it back."""
        return f"{self.before:%Y-%m-%dT%H:%M}" if self.before else ""

    @property
    def is_live(self) -> bool:
        """What comes now may belong to it, and at its top."""
        return self.cursor is None and self.before is None


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


def asked_of(query: Mapping[str, str]) -> Asked:
    """Raise MalformedError that names the field. What is unknown is passed over: links grow old."""
    texts = {name: _text(name, query.get(name, "").strip()) for name in _TEXTS}
    return Asked(
        **texts,
        outcome=_one_of("outcome", query.get("outcome", ""), ("", NONE_YET, *KINDS)),
        time=_one_of("time", query.get("time", "7d"), tuple(TIMES)),
        before=_before(query.get("before", "")),
        cursor=_cursor(query.get("cursor", "")),
    )


def statement(asked: Asked) -> str:
    """The question for a page's rows; only the parts that are asked for, so that keys are used."""
    about = any(getattr(asked, name) for name in _OF_OUTCOMES) or asked.outcome in KINDS
    told = _TOLD if about else ""
    untold = _UNTOLD if asked.outcome == NONE_YET else ""
    after = _AFTER if asked.cursor else ""
    return f"{_COLUMNS} {_WHERE} {after} {told} {untold} {_ORDER}"


def parameters(asked: Asked, now: datetime) -> dict[str, object]:
    """Minutes are whole, so that a page that is asked for again is the same question."""
    minute = now.replace(second=0, microsecond=0)
    bound: dict[str, object] = {name: getattr(asked, name) for name in _TEXTS}
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


def _text(name: str, value: str) -> str:
    if len(value) > _MOST or not (value.isprintable()):
        raise MalformedError(f"{name}: at most {_MOST} printable characters")
    return value


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise MalformedError(f"{name} is {value[:50]!r}: use {', '.join(filter(None, allowed))}")
    return value


def _before(text: str) -> datetime | None:
    if not text:
        return None
    try:
        before = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedError("before: use a time of UTC like 2026-11-23T14:05") from error
    if not _EARLIEST <= before <= _LATEST:
        raise MalformedError(f"before: use a time from {_EARLIEST:%Y} to {_LATEST:%Y}")
    return before


def _cursor(text: str) -> Cursor | None:
    if not text:
        return None
    at, _, receipt_id = text.partition("~")
    try:
        received_at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedError("cursor: follow the links of a page instead of writing one") from error
    return Cursor(received_at=received_at, receipt_id=_text("cursor", receipt_id))
