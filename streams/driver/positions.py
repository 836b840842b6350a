"""Where each partition that a worker reads stands: handed over, done, committed. Pure bookkeeping.

Offsets of inboxes are contiguous (not compacted, no transactions), records are done in the order
in which they were handed over, and only what is done is ever committed. A hole means that records
were lost on the way, so it is an error before anything behind it is done.
"""

from collections.abc import Collection, Iterable, Mapping

from streams.contracts.step import Record
from streams.kafka.errors import OffsetGapError

_NEVER = -1
Place = tuple[str, int]
"""Topic and partition; Faust's and aiokafka's own tuples are equal to it."""


class Positions:
    """Empty between assignments."""

    def __init__(self) -> None:
        self._next: dict[Place, int] = {}  # the offset to be handed over next
        self._done: dict[Place, int] = {}  # the offset after the last one done
        self._committed: dict[Place, int] = {}

    def begin(self, starts: Mapping[Place, int], new: Collection[Place] = ()) -> None:
        """A new assignment: reading starts at these offsets.

        `new`: those of which the group has never committed any. Where it starts is committed too,
        or nobody could tell how far behind a group is that has not done its first record.
        """
        self._next = dict(starts)
        self._done = {place: starts[place] for place in new}
        self._committed = {place: at for place, at in starts.items() if place not in self._done}

    def end(self) -> None:
        """The assignment is over; what comes late counts for nothing."""
        self.begin({})

    def hand_over(self, place: Place, first: int, count: int, last: int) -> None:
        """Records `first` to `last` go to the step; raise OffsetGapError when some are missing."""
        expected = self._next[place]
        if first != expected or last != first + count - 1:
            raise OffsetGapError(
                f"{place[0]}:{place[1]}: expected offset {expected}, got {count} records,"
                f" {first} to {last}"
            )
        self._next[place] = last + 1

    def done(self, records: Iterable[Record]) -> None:
        """These were settled, in the order in which they were handed over."""
        for record in records:
            place = (record.topic, record.partition)
            if place in self._next:
                self._done[place] = record.offset + 1

    def to_commit(self) -> dict[Place, int]:
        """What is done and not yet committed."""
        return {p: at for p, at in self._done.items() if at > self._committed.get(p, _NEVER)}

    def committed(self, offsets: Mapping[Place, int]) -> None:
        """The broker has taken these."""
        self._committed.update({p: at for p, at in offsets.items() if p in self._next})
