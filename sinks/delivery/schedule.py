"""When a delivery that failed is tried again, and when it is given up. Pure and deterministic.

The jitter comes from the event's id, the destination and the attempt, so that a replay of a crash
computes the same time, and ten thousand events that failed together do not come back together.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b

_SCALE = 1 << 32
_OF_AGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`steps`: the wait after the first attempt, the second, ... `jitter`: of the step, either way.

    `postponed`: the waits of a delivery that got no attempt (lane full, breaker open), then a tenth of
    its age, at most `postponed_most`, again and again until it is older than `patience`. What waits
    for days for one dead receiver would else go around every ten minutes, and cost Kafka and the
    other lanes more than all that is delivered.
    """

    steps: tuple[timedelta, ...]
    jitter: float = 0.1
    postponed: tuple[timedelta, ...] = (
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
    )
    postponed_most: timedelta = timedelta(hours=2)

    @property
    def patience(self) -> timedelta:
        """How old a delivery may be that is put off: all steps at their longest, and some more."""
        return sum(self.steps, timedelta()) * (1 + 2 * self.jitter)

    def after(self, attempt: int, seed: str) -> timedelta | None:
        """The wait after the `attempt`th failed attempt (1 is the first); None: it was the last."""
        if attempt > len(self.steps):
            return None
        return self._jittered(self.steps[attempt - 1], f"{seed}/{attempt}")

    def postponement(self, times: int, seed: str, age: timedelta = timedelta()) -> timedelta:
        """The wait of a delivery that was postponed `times` times before; `age`: since it was read."""
        step = self.postponed[min(times, len(self.postponed) - 1)]
        step = max(step, min(age / _OF_AGE, self.postponed_most))
        return self._jittered(step, f"{seed}/postponed/{times}")

    def _jittered(self, step: timedelta, seed: str) -> timedelta:
        digest = blake2b(seed.encode(), digest_size=4).digest()
        share = int.from_bytes(digest) / _SCALE  # 0 <= share < 1
        return step * (1 + self.jitter * (2 * share - 1))


RETRIES = Schedule(
    steps=(
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=5),
        timedelta(hours=10),
        timedelta(hours=14),
        timedelta(hours=20),
        timedelta(hours=24),
    )
)
"""About 75 hours: the schedule of the Standard Webhooks specification."""
REVENUECAT = Schedule(steps=tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 80)))
"""RevenueCat's five retries, 155 minutes in all."""
