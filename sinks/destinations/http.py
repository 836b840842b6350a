"""What an HTTP answer means where the vendor has no rule of its own.

Any 2xx is success, or fewer where a profile says so. A redirect is a failure and never followed:
where an event may go is the operator's decision, not the receiver's.
"""

from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from sinks.destinations.base import DELIVERED, Response, Verdict, VerdictKind
from streams.contracts.codec import read_json
from streams.contracts.errors import MalformedError

RETRY_AFTER_MAX = timedelta(hours=24)
SUCCESS = range(200, 300)
BAD_REQUEST = 400
JSON: Mapping[str, str] = {
    "Content-Type": "application/json",
    "User-Agent": "StoreNotifications/1.0",
}
# A vendor's own word decides where it has one: a 200 without it (a proxy's, another service's) is no
# proof, and what names this event as bad will never take it.
UNCONFIRMED = Verdict(kind=VerdictKind.RETRY, reason="unconfirmed")
REJECTED = Verdict(kind=VerdictKind.DEAD, reason="rejected")
_TOO_LARGE = 413
_GONE = 410
_OVERLOADED = frozenset({429, 502, 504})


def judge(response: Response, success: Container[int] = SUCCESS) -> Verdict:
    """Delivered, disable at 410, else retry, not before Retry-After."""
    if response.status in success:
        return DELIVERED
    reason = f"http_{response.status}"
    if response.status == _GONE:
        return Verdict(kind=VerdictKind.DISABLE, reason=reason)
    return Verdict(
        kind=VerdictKind.RETRY,
        reason=reason,
        after=retry_after(response),
        slow=response.status in _OVERLOADED,
    )


def judge_vendor(response: Response) -> Verdict:
    """As `judge`, for an API with a limit of size: what is too large for it stays so."""
    if response.status == _TOO_LARGE:
        return Verdict(kind=VerdictKind.DEAD, reason=f"http_{response.status}")
    return judge(response)


def json_object(response: Response) -> Mapping[str, Any]:
    """The answer's JSON object; empty when it is none, or was cut short."""
    try:
        told = read_json(response.body)
    except MalformedError:
        return {}
    return told if isinstance(told, dict) else {}


def retry_after(response: Response) -> timedelta | None:
    """Retry-After as seconds or as a date, between 0 and 24 hours; None: not there, or no such."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:9]), RETRY_AFTER_MAX.total_seconds()))
    else:
        until = _date(value)
        if until is None:
            return None
        wait = until - response.received_at
    return min(max(wait, timedelta()), RETRY_AFTER_MAX)


def _date(value: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # a year or a zone of twenty digits
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
