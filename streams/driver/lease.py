"""Whether this process surely still owns its partitions: the fence before a state is written.

A process that was paused, or cut off, must not write states over those of the worker that took its
partitions. Kafka has no fence for that without transactions, so we write only while the group's
coordinator has answered a heartbeat so lately that it can't have given the partitions away.
"""

import asyncio

from streams.observe import clock

_SAFE = 0.7  # of a timeout: what is left covers the write's own way to the broker
_PATIENCE = 60.0  # seconds that a cycle waits for the broker to answer again


class LeaseLostError(Exception):
    """Another worker may own these partitions."""


class Lease:
    """Renewed by heartbeats, asked by cycles."""

    def __init__(self, session_timeout: float, rebalance_timeout: float) -> None:
        self._session = _SAFE * session_timeout
        self._rebalance = _SAFE * rebalance_timeout
        self._renewed_at = float("-inf")
        self._revoking_since: float | None = None

    @property
    def age(self) -> float:
        """Seconds since the start of the last heartbeat that was answered."""
        return clock.monotonic() - self._renewed_at

    def renew(self, asked_at: float) -> None:
        """The coordinator has answered what was asked then."""
        self._renewed_at = max(self._renewed_at, asked_at)

    def revoking(self) -> None:
        """The partitions are asked back; the group waits for us no longer than its timeout."""
        self._revoking_since = clock.monotonic()

    def assigned(self) -> None:
        """The partitions are ours, by the coordinator's word of just now."""
        self._revoking_since = None
        self.renew(clock.monotonic())

    async def hold(self) -> None:
        """Return while it holds; raise LeaseLostError when it is lost or the broker stays silent."""
        deadline = clock.monotonic() + _PATIENCE
        while not self._holds():
            if self._revoking_since is not None or clock.monotonic() > deadline:
                raise LeaseLostError(f"no heartbeat was answered for {self.age:.1f} s")
            await asyncio.sleep(0.05)

    def _holds(self) -> bool:
        now = clock.monotonic()
        since = self._revoking_since
        in_time = since is None or now - since < self._rebalance
        return in_time and now - self._renewed_at < self._session
