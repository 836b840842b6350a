"""How many deliveries of a lane were put off without an attempt and are not due again. Pure.

The delivery log knows only attempts, so what waits without one is counted here, in memory: it comes
back within hours, so a count that a restart forgets is right again as soon.
"""

import heapq
from collections import Counter
from datetime import datetime


class PutOff:
    """Times are kept to the second: at most as many as the longest wait has."""

    def __init__(self) -> None:
        self._due: Counter[int] = Counter()
        self._seconds: list[int] = []  # a heap of the keys of `_due`
        self._total = 0
        self.reason = ""  # of the newest

    def add(self, due_at: datetime, reason: str) -> None:
        second = int(due_at.timestamp())
        if second not in self._due:
            heapq.heappush(self._seconds, second)
        self._due[second] += 1
        self._total += 1
        self.reason = reason

    def count(self, now: datetime) -> int:
        """Those that are due later than now; the others are forgotten."""
        moment = int(now.timestamp())
        while self._seconds and self._seconds[0] <= moment:
            self._total -= self._due.pop(heapq.heappop(self._seconds))
        return self._total
