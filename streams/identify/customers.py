"""Identify: apply a change to the customer it is addressed to, and tell it as an event.

Invariant: what a customer holds depends on the set of changes, not on their order; one position of
the inbox is applied once, however long the replay.
"""

from dataclasses import dataclass
from datetime import UTC

from msgspec.structs import replace

from streams.contracts.change import Change, ChangeKind
from streams.contracts.customer import Customer
from streams.contracts.event import Event
from streams.contracts.money import Rate
from streams.contracts.project import Project
from streams.identify.bounds import bounded
from streams.identify.held import customer_of
from streams.identify.state import CustomerState, Position
from streams.identify.terms import learned, term_of
from streams.normalize.events import currency_to_price, normalize
from streams.normalize.money import USD, RateTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """`customer` None: nothing of the public record moved."""

    state: CustomerState
    customer: Customer | None = None
    events: tuple[Event, ...] = ()


def apply(
    state: CustomerState | None,
    change: Change,
    position: Position,
    project: Project,
    rates: RateTable,
) -> Identified:
    """The customer after `change`, and its event. Raise MalformedError for half a transfer."""
    if state is not None and _applied(state, position):
        return Identified(state=state)
    known = replace(_met(state, change), applied=position)
    if _leaves(change):
        known = _without(known, change)
        return _identified(state, known, customer_of(known, project))
    rate, known = _rate(known, change, rates)
    told = term_of(change)
    if told is not None:
        known = bounded(replace(known, terms=learned(known.terms, told)), project)
    customer = customer_of(known, project)
    event = normalize(change, customer, project, rate)
    return _identified(state, known, customer, (event,))


def _applied(state: CustomerState, position: Position) -> bool:
    """Offsets of one partition only grow."""
    last = state.applied
    return last is not None and last[0] == position[0] and position[1] <= last[1]


def _met(state: CustomerState | None, change: Change) -> CustomerState:
    """The customer, seen when the change happened: first at the beginning of the oldest purchase."""
    first = min(change.occurred_at, change.purchased_at or change.occurred_at)
    if state is None:
        return CustomerState(
            customer_id=change.customer_id,
            original_customer_id=change.customer_id,
            aliases=(change.customer_id,),
            first_seen_at=first,
            last_seen_at=change.occurred_at,
        )
    return replace(
        state,
        first_seen_at=min(state.first_seen_at, first),
        last_seen_at=max(state.last_seen_at, change.occurred_at),
    )


def _leaves(change: Change) -> bool:
    """Whether the purchase goes to somebody else: this side drops it and tells nothing."""
    moved = change.kind is ChangeKind.TRANSFERRED
    return moved and change.customer_id != change.transferred_to


def _without(state: CustomerState, change: Change) -> CustomerState:
    kept = tuple(term for term in state.terms if term.purchase_key != change.purchase_key)
    return replace(state, terms=kept)


def _rate(
    state: CustomerState, change: Change, rates: RateTable
) -> tuple[Rate | None, CustomerState]:
    """The rate kept with the transaction, else that of its purchase day, kept from now on."""
    currency = currency_to_price(change)
    if currency is None:
        return None, state
    bought = change.transaction
    fact = bought.fact if bought else change.fact
    if fact in state.rates:
        return state.rates[fact], state
    day = (bought.purchased_at if bought else change.occurred_at).astimezone(UTC).date()
    rate = rates.find(currency, day)
    if currency == USD:
        return rate, state
    return rate, replace(state, rates={**state.rates, fact: rate})


def _identified(
    before: CustomerState | None,
    after: CustomerState,
    customer: Customer,
    events: tuple[Event, ...] = (),
) -> Identified:
    unchanged = before is not None and _shown(before) == _shown(after)
    return Identified(state=after, customer=None if unchanged else customer, events=events)


def _shown(state: CustomerState) -> CustomerState:
    """What of the state the public record is made of."""
    return replace(state, applied=None, rates={}, dropped=0)
