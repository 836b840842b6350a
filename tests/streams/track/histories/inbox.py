"""purchases.inbox for histories: every record reaches `advance` under its own key, forwards too."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from streams.contracts.change import Change
from streams.contracts.codec import encode
from streams.contracts.ids import NO_PURCHASE, EventId, PurchaseKey
from streams.contracts.project import Project
from streams.contracts.purchase import InboxRecord
from streams.track.advance import advance
from streams.track.state import Position, PurchaseState, read_state


@dataclass(slots=True)
class Inbox:
    """Feeds records in the order given and keeps what came of them."""

    project: Project
    states: dict[PurchaseKey, PurchaseState] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    _offset: int = 0

    def feed(self, records: Iterable[InboxRecord]) -> "Inbox":
        waiting = deque((record, 0) for record in records)
        while waiting:
            record, hops = waiting.popleft()
            if not record.purchase_key.endswith(f"/{NO_PURCHASE}"):
                waiting.extend(self._advance(record, hops))
        return self

    def _advance(self, record: InboxRecord, hops: int) -> tuple[tuple[InboxRecord, int], ...]:
        """States go through the codec, as they do through the changelog."""
        key = record.purchase_key
        self._offset += 1
        step = advance(
            self.states.get(key), record, Position("v1", 0, self._offset), self.project, hops
        )
        state = read_state(encode(step.state))
        assert state is not None
        self.states[key] = state
        self.changes += step.changes
        return step.forwards

    @property
    def events(self) -> set[EventId]:
        return {change.event_id for change in self.changes}

    @property
    def known(self) -> dict[PurchaseKey, PurchaseState]:
        """The states without what counts messages and positions."""
        return {key: replace(state, applied=None, sequence=0) for key, state in self.states.items()}
