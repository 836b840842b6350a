"""How many attempts a lane makes at one time: fewer when the receiver says that it is overloaded.

Halved at each 429, 502 or 504, one more after as many deliveries as are under way: the way in which
TCP finds out what a path can take.
"""


class Throttle:
    """Between one and `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._streak = 0
        self.limit = most

    def slow(self) -> None:
        self.limit = max(1, self.limit // 2)
        self._streak = 0

    def delivered(self) -> None:
        self._streak += 1
        if self._streak >= self.limit and self.limit < self._most:
            self.limit += 1
            self._streak = 0
