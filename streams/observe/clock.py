"""The clock, read here and nowhere else; pure code gets the time as an argument."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The wall clock, aware UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that only go forward, for durations and deadlines."""
    return time.monotonic()
