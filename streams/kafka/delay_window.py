"""The delayed records that are held in memory: by due time over all partitions, bounded in each.

Pure. Records of one partition come nearly in the order in which they fire, so a bounded window of
each is enough; one that is full is not read further until it has half emptied.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from streams.contracts.step import Record

Partition = tuple[str, int]


@dataclass(slots=True)
class _Held:
    count: int = 0
    size: int = 0


@dataclass(slots=True, kw_only=True)
class Window:
    """`records` and `size` bound what is held of one partition; one record is always held."""

    records: int = 4000
    size: int = 4 * 1024 * 1024
    _heap: list[tuple[int, int, Record]] = field(default_factory=list)
    _held: dict[Partition, _Held] = field(default_factory=dict)
    _added: int = 0

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_at(self) -> int | None:
        """When the earliest fires, in unix ms."""
        return self._heap[0][0] if self._heap else None

    def add(self, record: Record, fires_at: int) -> None:
        """Hold it until `fires_at`; equal times fire in the order in which they were added."""
        self._added += 1
        heapq.heappush(self._heap, (fires_at, self._added, record))
        held = self._held.setdefault((record.topic, record.partition), _Held())
        held.count += 1
        held.size += len(record.value)

    def fire(self, now: int, limit: int) -> list[Record]:
        """Take out what fires by `now`, at most `limit`."""
        fired: list[Record] = []
        while self._heap and self._heap[0][0] <= now and len(fired) < limit:
            record = heapq.heappop(self._heap)[2]
            held = self._held[record.topic, record.partition]
            held.count -= 1
            held.size -= len(record.value)
            fired.append(record)
        return fired

    def retime(self, fires_at: Callable[[Record], int]) -> None:
        """Hold each until then, whatever was said when it was added."""
        self._heap = [(fires_at(record), added, record) for _, added, record in self._heap]
        heapq.heapify(self._heap)

    def is_full(self, partition: Partition) -> bool:
        """No more of it now."""
        held = self._held.get(partition, _Held())
        return held.count >= self.records or held.size >= self.size

    def has_room(self, partition: Partition) -> bool:
        """It has half emptied."""
        held = self._held.get(partition, _Held())
        return held.count <= self.records // 2 and held.size <= self.size // 2

    def clear(self) -> None:
        """The partitions went away."""
        self._heap.clear()
        self._held.clear()
