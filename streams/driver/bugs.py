"""What a pure step raised: that record becomes a dead letter, and the role goes on.

A step is deterministic, so trying again would only stop everything behind the record. Many in a
short time are no single bad records but a broken build: then the process ends instead. What became
too large to be written is no sign of one: whoever sends very much to one key would end it for all.
"""

from collections import deque

import structlog

from streams.contracts.dead import dead_letter
from streams.contracts.errors import UnencodableError
from streams.contracts.step import Out, Record
from streams.observe import metrics

REASON = "bug"
_MOST = 20
_WITHIN = 60.0  # seconds
_log = structlog.get_logger(__name__)


class TooManyBugsError(Exception):
    """More bad records in a minute than single records can explain."""


class Bugs:
    """Those of the last minute."""

    def __init__(self) -> None:
        self._at: deque[float] = deque()

    def dead_letter(self, record: Record, error: Exception, now: float) -> Out:
        """Raise TooManyBugsError when this is one too many."""
        metrics.count("driver_bugs", topic=record.topic)
        _log.error(
            "step_raised",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            exc_info=error,
        )
        if not isinstance(error, UnencodableError):
            self._count(now)
        return dead_letter(record, reason=REASON, detail=f"{type(error).__name__}: {error}")

    def _count(self, now: float) -> None:
        self._at.append(now)
        while now - self._at[0] > _WITHIN:
            self._at.popleft()
        if len(self._at) > _MOST:
            raise TooManyBugsError(f"{len(self._at)} records raised within {_WITHIN:.0f} s")
