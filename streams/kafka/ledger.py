"""Which records of one partition are in flight, and so how far may be committed.

Pure. What may be committed is exactly the oldest record not done, in whatever order they get done:
nothing undone is ever committed over, and everything done before it is.
"""

from streams.kafka.errors import OffsetGapError


class Ledger:
    """Of one partition, from its assignment to its revocation.

    `contiguous`: no offset may be missing, as in every topic that is neither compacted nor written
    with transactions; a jump there means that records were skipped.
    """

    def __init__(self, *, contiguous: bool) -> None:
        self._contiguous = contiguous
        self._open: dict[int, float] = {}  # offset -> when it was read, oldest first
        self._next: int | None = None
        self._committed: int | None = None

    def read(self, offset: int, at: float = 0.0) -> None:
        """`offset` was handed out at the monotonic time `at`; OffsetGapError when it jumps."""
        expected = self._next
        if expected is not None and (
            offset < expected or (self._contiguous and offset != expected)
        ):
            raise OffsetGapError(f"expected offset {expected}, got {offset}")
        self._open[offset] = at
        self._next = offset + 1

    def done(self, offset: int) -> bool:
        """Whether it was in flight: False after a revocation, or when it was done before."""
        return self._open.pop(offset, None) is not None

    def committable(self) -> int | None:
        """The offset to commit, where a restart would go on; None when it is committed already."""
        upto = next(iter(self._open), self._next)
        return None if upto == self._committed else upto

    def committed(self, offset: int) -> None:
        """`offset` is what the broker holds now."""
        self._committed = offset

    def oldest_age(self, now: float) -> float:
        """Seconds since the oldest in flight was read; 0 when there is none."""
        return max(0.0, now - next(iter(self._open.values()), now))

    def __len__(self) -> int:
        """How many are in flight."""
        return len(self._open)
