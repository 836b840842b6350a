"""One key of the table last_received: an app's store, or the app itself, and what was applied to it.

Invariant: one record of outcomes is applied once, and so is one outcome that a worker told twice:
it carries the record that led to it, and of one source those only grow.
"""

from msgspec import Struct, field
from msgspec.structs import replace

from streams.contracts.codec import decode
from streams.contracts.errors import ConfigError
from streams.contracts.outcome import LastReceived, Outcome, Shipping
from streams.normalize.money import RateTable
from streams.receipts.last_received import receive, ship

SCHEMA = 1
OWN_POSTS = "-"
"""`store` of the outcomes of an app's own posts."""

Position = tuple[int, int]
"""(partition, offset) in notifications.outcomes."""


class ReceiptState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`received` for a key app/store, `shipping` for app/-. `sources`: by topic and partition of
    the records that led to outcomes, the last (offset, place) that is counted."""

    schema: int = SCHEMA
    applied: Position | None = None
    sources: dict[str, tuple[int, int]] = field(default_factory=dict)
    received: LastReceived | None = None
    shipping: Shipping | None = None

    @property
    def value(self) -> LastReceived | Shipping | None:
        """What topic last-received shows of this key."""
        return self.received or self.shipping


def apply(
    state: ReceiptState | None, outcome: Outcome, position: Position, rates: RateTable
) -> ReceiptState:
    """The state after an outcome; its `value` is as before when there is nothing new in it."""
    state = state or ReceiptState()
    if _applied(state, position):
        return state
    state = replace(state, applied=position)
    if _repeated(state, outcome):
        return state
    state = replace(state, sources=_sources(state, outcome))
    if outcome.store == OWN_POSTS:
        return replace(state, shipping=ship(state.shipping, outcome, rates))
    return replace(state, received=receive(state.received, outcome))


def _applied(state: ReceiptState, position: Position) -> bool:
    """Offsets of one partition only grow."""
    last = state.applied
    return last is not None and last[0] == position[0] and position[1] <= last[1]


def _repeated(state: ReceiptState, outcome: Outcome) -> bool:
    counted = state.sources.get(outcome.source)
    return counted is not None and (outcome.source_offset, outcome.source_place) <= counted


def _sources(state: ReceiptState, outcome: Outcome) -> dict[str, tuple[int, int]]:
    if not outcome.source:
        return state.sources
    return {**state.sources, outcome.source: (outcome.source_offset, outcome.source_place)}


def read_state(value: bytes | None) -> ReceiptState | None:
    """The state as stored. Raise ConfigError for one that a newer version wrote: it is never rewritten."""
    if value is None:
        return None
    state = decode(value, ReceiptState)
    if state.schema > SCHEMA:
        raise ConfigError(
            f"a state of last-received has schema {state.schema}, this version knows {SCHEMA}: "
            "upgrade every receipts worker before any of them writes the newer one"
        )
    return state
