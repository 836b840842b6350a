"""How fast a lane drains, and so when a delivery that found it full should come back. Pure.

Deliveries that come back too early find the lane full again; those that come back too late leave it
idle. So each gets the next place in a line, spaced at the pace at which the lane has been seen to
drain. That pace is believed only so far: a receiver that is mended drains faster, and what waits in a
delay topic can't be called back. So nothing is put off for longer than it has waited already (but
ten minutes), and what comes back too early is put off again: the more seldom the older it is.
"""

from collections import deque
from datetime import timedelta

_SOONEST = 5.0  # seconds: the shortest delay topic
_MINUTE, _STEP = 60.0, 600.0  # delay topics too: a wait made of these is moved on a few times only
_BELIEVED = 600.0  # seconds, of a delivery that is younger; else as long as it is old
_BELIEVED_MOST = 7200.0
_SPREAD = 300.0  # seconds over which those beyond that come back, the last in the line last
_DOUBT = 0.5  # seconds in which a lane that has just become busy is taken for a fast one


class Pace:
    """Times are monotonic seconds. `slowest`: attempts a second if each of them took its timeout.

    Only while something waits does the lane do what it can, so only then is it measured: else what
    comes back seldom would make it look slow, and so come back more seldom still.
    """

    def __init__(self, *, window: int, slowest: float) -> None:
        self._ends: deque[float] = deque(maxlen=window)  # by `_measured`
        self._measured = 0.0  # seconds in which something waited
        self._since: float | None = None  # when something began to wait, or the newest end
        self._slowest = slowest
        self._busy_since: float | None = None
        self._last_return = 0.0

    def busy(self, now: float, *, waits: bool) -> None:
        """The lane has work; `waits`: more than it can begin."""
        if self._busy_since is None:
            self._busy_since = now
        if waits and self._since is None:
            self._since = now

    def ended(self, now: float, *, waits: bool) -> None:
        """An attempt is over; `waits`: the lane has more work than places all the same."""
        if self._since is not None:
            self._measured += now - self._since
            self._ends.append(self._measured)
        self._since = now if waits else None

    def idle(self) -> None:
        self._busy_since = None

    def rate(self, now: float) -> float:
        """Attempts that end in a second, while something waits."""
        first = self._ends[0] if len(self._ends) == self._ends.maxlen else 0.0
        seconds = self._measured - first + (0.0 if self._since is None else now - self._since)
        return max(self._slowest, len(self._ends) / seconds) if seconds else self._slowest

    def drains_within(self, seconds: float, waiting: int, now: float) -> bool:
        """Whether what waits is gone so soon that waiting for it costs nobody anything."""
        if self._busy_since is not None and now - self._busy_since < _DOUBT:
            return True
        return waiting <= self.rate(now) * seconds

    def wait_to_return(self, now: float, before: int, age: timedelta) -> float:
        """Seconds after which a delivery that is put off should come back; `before`: that many others
        are put off already. The next place in the line, if that is as near as the pace is believed at
        its `age`; else when that time is over."""
        believed = min(max(_BELIEVED, age.total_seconds()), _BELIEVED_MOST) // _STEP * _STEP
        place = max(now + _SOONEST, self._last_return + 1 / self.rate(now))
        if place - now <= believed:
            self._last_return = place
            return place - now
        share = 1 - believed / max(believed, before / self.rate(now))
        return believed + share * _SPREAD // _MINUTE * _MINUTE
