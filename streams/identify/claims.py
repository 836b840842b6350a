"""Purchases that a store names a customer for (an account token) and nobody posted: theirs, if known.

Their changes come through the inbox of the customer that was named. One that has been met before
takes the anonymous owner for an alias. For one that nobody has met, the owner stays a stranger for
good: if a backend posts the purchase later, that is a restore like any other.
"""

from msgspec.structs import replace

from streams.contracts.change import Change
from streams.contracts.customer import CustomerAlias
from streams.contracts.ids import CustomerId
from streams.identify.state import CustomerState

MOST_STRANGERS = 100


def is_claimed(state: CustomerState, change: Change) -> bool:
    """Whether the change is a stranger's, who gets it."""
    if not _comes_by(state, change):
        return False
    return not state.seen or change.customer_id in state.strangers


def with_stranger(state: CustomerState, stranger: CustomerId) -> CustomerState:
    """The state that remembers whom it had not met."""
    return replace(state, strangers=with_strangers(state.strangers, (stranger,)))


def with_strangers(
    known: tuple[CustomerId, ...], more: tuple[CustomerId, ...]
) -> tuple[CustomerId, ...]:
    """Both, the last ones only."""
    others = tuple(name for name in known if name not in more)
    return (*others, *more)[-MOST_STRANGERS:]


def claims(state: CustomerState, change: Change) -> tuple[tuple[CustomerId, CustomerAlias], ...]:
    """The owner of a change that comes by a customer who is known is the same person."""
    if change.through is None or not _comes_by(state, change):
        return ()
    alias = CustomerAlias(
        customer_id=change.customer_id,
        alias=change.through,
        received_at=change.received_at,
        follows=True,
    )
    return ((alias.customer_id, alias),)


def _comes_by(state: CustomerState, change: Change) -> bool:
    here = {state.customer_id, *state.seen}
    return change.through is not None and change.customer_id not in here
