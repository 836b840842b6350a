"""Values as ClickHouse's columns hold them: checked here, so that one odd record can't stop a batch."""

from datetime import UTC, datetime
from hashlib import blake2b

from streams.contracts.errors import MalformedError

Row = dict[str, object]
"""Column name to value; rows of one table have the same names in the same order."""

# What DateTime64(3) holds; some stores write "for ever" as a year past it.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2299, 12, 31, tzinfo=UTC)
_INT64 = 2**63
_INT32 = 2**31
_UINT32 = 2**32
_UINT16 = 2**16


def sub_key(subscription_id: str) -> int:
    """The integer by which tables know a subscription. 64 bits: of 10 million ids two share one
    with a chance of 3 in a million."""
    return int.from_bytes(blake2b(subscription_id.encode(), digest_size=8).digest())


def at(value: datetime) -> datetime:
    """Moved to what the column holds."""
    return value if _EARLIEST <= value <= _LATEST else min(max(value, _EARLIEST), _LATEST)


def maybe_at(value: datetime | None) -> datetime | None:
    return None if value is None else at(value)


def milliseconds(value: datetime) -> int:
    return round(at(value).timestamp() * 1000)


def from_milliseconds(value: int) -> datetime:
    return at(datetime.fromtimestamp(min(max(value, 0), 10**13) / 1000, UTC))


def money(micros: int | None) -> int | None:
    """Raise MalformedError when it is more than Int64."""
    if micros is not None and not -_INT64 <= micros < _INT64:
        raise MalformedError(f"{micros} micros are more than a column holds")
    return micros


def count(number: int) -> int:
    """Raise MalformedError when it is no UInt32."""
    if not 0 <= number < _UINT32:
        raise MalformedError(f"{number} is not a count that a column holds")
    return number


def maybe_count(number: int | None) -> int | None:
    return None if number is None else count(number)


def basis_points(share: int | None) -> int | None:
    """Raise MalformedError when it is no Int32. A fee may be many times a tiny price."""
    if share is not None and not -_INT32 <= share < _INT32:
        raise MalformedError(f"{share} basis points are more than a column holds")
    return share


def status(code: int | None) -> int | None:
    """Raise MalformedError when it is no UInt16."""
    if code is not None and not 0 <= code < _UINT16:
        raise MalformedError(f"{code} is no status of HTTP")
    return code
