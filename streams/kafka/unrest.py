"""Partitions that are dealt anew again and again: two processes with one seat push each other out for ever.

Each of them reads for a moment and looks well, so nothing but this tells.
"""

from collections import deque

import structlog

_MANY = 12
_WITHIN = 40.0  # seconds; a rolling restart of as many processes takes longer
_log = structlog.get_logger()


class Unrest:
    """Of one member of `group`. Times are monotonic seconds."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._dealt_at: deque[float] = deque(maxlen=_MANY)
        self._said_at = float("-inf")

    def dealt(self, at: float) -> None:
        """Its partitions were dealt; the log says when it has become too often, once in a while."""
        self._dealt_at.append(at)
        if (why := self.why(at)) and at - self._said_at > _WITHIN:
            self._said_at = at
            _log.error("partitions_dealt_too_often", group=self._group, reason=why)

    def why(self, at: float) -> str | None:
        """None while it is quiet."""
        if len(self._dealt_at) < _MANY or at - self._dealt_at[0] > _WITHIN:
            return None
        return (
            f"the partitions of {self._group} were dealt {_MANY} times within {_WITHIN:.0f} s: unless many"
            " processes were just started, two have the same SN_SLOT; give each its own"
        )
