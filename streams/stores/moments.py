"""Times and amounts as stores write them, made ours: exact integers, aware UTC."""

from datetime import UTC, datetime, timedelta

from streams.contracts.errors import MalformedError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at_ms(value: int) -> datetime:
    """Milliseconds since 1970; raise MalformedError beyond the years 1 to 9999."""
    try:
        return _EPOCH + timedelta(milliseconds=value)
    except OverflowError as error:
        raise MalformedError(f"{value} ms is no time") from error


def at_seconds(value: int) -> datetime:
    """Seconds since 1970; raise MalformedError beyond the years 1 to 9999."""
    try:
        return _EPOCH + timedelta(seconds=value)
    except OverflowError as error:
        raise MalformedError(f"{value} s is no time") from error


def at_ms_or_none(value: int | None) -> datetime | None:
    return None if value is None else at_ms(value)


def at_seconds_or_none(value: int | None) -> datetime | None:
    return None if value is None else at_seconds(value)
