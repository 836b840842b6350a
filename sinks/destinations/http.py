"""What an HTTP answer means where the vendor has no rule of its own.

Any 2xx is success, or fewer where a profile says so. A redirect is a failure and never followed: where an event may go is the
operator's decision, not the receiver's.
"""

from collections.abc import Container
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from sinks.destinations.base import DELIVERED, Response, Verdict, VerdictKind

RETRY_AFTER_MAX = timedelta(hours=24)
SUCCESS = range(200, 300)
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
    except ValueError:
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
