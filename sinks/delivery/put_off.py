"""How many deliveries of a lane were put off without an attempt and are not due again. Pure.

The delivery log knows only attempts, so what waits without one is counted here, in memory: it comes
back within minutes, so a count that a restart forgets is right again as soon.
"""

from collections import Counter
from datetime import datetime


class PutOff:
    """Times are kept to the second: at most as many as the longest wait has."""

    def __init__(self) -> None:
        self._due: Counter[int] = Counter()
        self.reason = ""  # of the newest

    def add(self, due_at: datetime, reason: str) -> None:
        self._due[int(due_at.timestamp())] += 1
        self.reason = reason

    def count(self, now: datetime) -> int:
        """Those that are due later than now; the others are forgotten."""
        moment = int(now.timestamp())
        for due in [due for due in self._due if due <= moment]:
            del self._due[due]
        return self._due.total()
