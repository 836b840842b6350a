"""What the list of notifications may be asked: the form's fields, read and written as a URL's query. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from streams.contracts.errors import MalformedError
from streams.contracts.outcome import OutcomeKind

TIMES = {
    "1h": timedelta(hours=1),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "400d": timedelta(days=400),
}
NONE_YET = "none"  # an outcome to ask for: there is none
KINDS = tuple(kind.value for kind in OutcomeKind if kind is not OutcomeKind.UNKNOWN_TOKEN)
OF_OUTCOMES = ("type", "purchase", "customer")
TEXTS = ("app", "store", *OF_OUTCOMES)
_MOST = 1_500  # characters of a filter: a Google token has 1,000
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


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


def asked_of(query: Mapping[str, str]) -> Asked:
    """Raise MalformedError that names the field. What is unknown is passed over: links grow old."""
    texts = {name: printable(name, query.get(name, "").strip()) for name in TEXTS}
    return Asked(
        **texts,
        outcome=_one_of("outcome", query.get("outcome", ""), ("", NONE_YET, *KINDS)),
        time=_one_of("time", query.get("time", "7d"), tuple(TIMES)),
        before=_before(query.get("before", "")),
        cursor=_cursor(query.get("cursor", "")),
    )


def printable(name: str, value: str) -> str:
    """The value; raise MalformedError, naming the field, for one that no id can be."""
    if len(value) > _MOST or not value.isprintable():
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
    return Cursor(received_at=received_at, receipt_id=printable("cursor", receipt_id))
