"""Purchases that no due time leads to: tracked before their store could be asked, or whose record was lost.

The states of track are read from its changelog; a Due record to each such purchase makes track give
it the time that it wants. Nothing is decided here: one that has a due time by then keeps it.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta

from streams.contracts import topics
from streams.contracts.ids import AppId, PurchaseKey, StoreName
from streams.contracts.inbox import to_inbox
from streams.contracts.purchase import Due
from streams.contracts.step import Out, Record
from streams.contracts.words import Environment
from streams.kafka.history import History
from streams.observe import clock, metrics
from streams.settings.kafka import KafkaSettings
from streams.track.state import PurchaseState, read_state

Whose = tuple[AppId, StoreName]
Send = Callable[[Sequence[Out]], Awaitable[None]]
Progress = Callable[[int, int], None]
"""Given how many records of how many have been read."""
PER_SECOND = 10.0
LOST = timedelta(days=1)
"""So long after its time a due time that is still outstanding has lost its record."""
_AT_ONCE = 500


class Sleepers:
    """The purchases of an app's store as the changelog tells them, the newest state of each."""

    def __init__(self, whose: Whose, now: datetime) -> None:
        self._prefix = "/".join(whose).encode() + b"/"
        self._now = now
        self._due: dict[bytes, datetime | None] = {}

    def on_record(self, record: Record) -> None:
        """Raise ConfigError for a state that a newer version wrote."""
        key = record.key or b""
        if not key.startswith(self._prefix):
            return
        state = read_state(record.value or None)
        if state is not None and self._sleeps(state):
            self._due[key] = state.due_at
        else:
            self._due.pop(key, None)

    def _sleeps(self, state: PurchaseState) -> bool:
        due_at = state.due_at
        return state.tracked and (due_at is None or due_at + LOST < self._now)

    def dues(self, per_second: float) -> Iterator[Due]:
        """A lost one once more; the others from now on, so many a second, so that what they ask for
        later is spread as well."""
        for place, (key, due_at) in enumerate(sorted(self._due.items())):
            at = due_at or self._now + timedelta(seconds=place / per_second)
            yield _due(key.decode(), at)


def _due(key: str, at: datetime) -> Due:
    app_id, store, environment, _ = key.split("/", 3)
    return Due(
        app_id=AppId(app_id),
        store=StoreName(store),
        environment=Environment(environment),
        purchase_key=PurchaseKey(key),
        period="",
        due_at=at,
    )


async def wake(
    kafka: KafkaSettings,
    send: Send,
    whose: Whose,
    *,
    per_second: float = PER_SECOND,
    progress: Progress = lambda _read, _of: None,
) -> int:
    """How many were woken; all of them are in the inbox then."""
    sleepers = Sleepers(whose, clock.now())
    read = 0
    async with History(kafka, topics.TRACK_CHANGELOG) as changelog:
        async for batch in changelog.batches():
            for record in batch:
                sleepers.on_record(record)
            read += len(batch)
            progress(read, changelog.total)
    dues = [to_inbox(due) for due in sleepers.dues(per_second)]
    for start in range(0, len(dues), _AT_ONCE):
        await send(dues[start : start + _AT_ONCE])
    metrics.count("purchases_woken", len(dues), store=whose[1])
    return len(dues)
