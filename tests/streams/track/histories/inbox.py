"""purchases.inbox for histories: every record reaches `advance` under its own key, forwards too.

A forwarded record comes out at any later place, as it does when its target is another partition's.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from msgspec.structs import replace

from streams.contracts.change import Change, ChangeKind
from streams.contracts.codec import encode
from streams.contracts.ids import NO_PURCHASE, CustomerId, EventId, PurchaseKey, ReceiptId
from streams.contracts.project import Project
from streams.contracts.purchase import (
    Due,
    InboxRecord,
    Notification,
    Observation,
    Pointer,
    Tracking,
)
from streams.contracts.words import Origin
from streams.track.advance import advance
from streams.track.state import Order, Position, PurchaseState, read_state


@dataclass(slots=True)
class Inbox:
    """Feeds records in the order given and keeps what came of them. `dues`: what is to come back;
    `pointers`: what is to be asked."""

    project: Project
    random: Random = field(default_factory=lambda: Random(0))
    states: dict[PurchaseKey, PurchaseState] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)
    pointers: list[Pointer] = field(default_factory=list)
    _offset: int = 0

    def feed(self, records: Iterable[InboxRecord]) -> "Inbox":
        waiting = deque((record, 0) for record in records)
        while waiting:
            record, hops = waiting.popleft()
            if record.purchase_key.endswith(f"/{NO_PURCHASE}"):
                continue
            for forward in self._advance(record, hops):
                waiting.insert(self.random.randint(0, len(waiting)), forward)
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
        self.dues += [step.due] if step.due else []
        self.pointers += step.pointers
        return step.forwards

    @property
    def events(self) -> set[EventId]:
        return {change.event_id for change in self.changes}

    @property
    def access(self) -> dict[EventId, tuple[datetime, datetime | None]]:
        """What the last telling of each failed charge and end says of how long access lasted."""
        bounds = {ChangeKind.BILLING_FAILED, ChangeKind.ENDED}
        told = sorted(self.changes, key=lambda change: change.received_at)
        return {
            change.event_id: (
                change.occurred_at,
                change.grace_expires_at if change.kind is ChangeKind.BILLING_FAILED else None,
            )
            for change in told
            if change.kind in bounds
        }

    @property
    def known(self) -> dict[PurchaseKey, tuple[PurchaseState, list[Order]]]:
        """The states without what counts messages and positions, and the messages that still wait."""
        return {
            key: (
                replace(state, applied=None, sequence=0, changed_at=None, parked=()),
                [parked.by for parked in state.parked],
            )
            for key, state in self.states.items()
        }


def posts(history: Iterable[InboxRecord]) -> list[Tracking]:
    """One post for each purchase that the history tells of."""
    purchases = {
        record.purchase_key: record
        for record in history
        if isinstance(record, Notification | Observation) and record.snapshot.carries_purchase
    }
    return [
        Tracking(
            tracking_id=ReceiptId(f"post-{key}"),
            app_id=record.app_id,
            store=record.store,
            environment=record.environment,
            purchase_key=key,
            customer_id=CustomerId("u-1"),
            received_at=record.received_at,
            origin=Origin.POST,
            posted=True,
        )
        for key, record in purchases.items()
    ]
