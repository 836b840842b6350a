"""Identify: apply a record to the customer whose inbox it is in, and tell a change as an event.

Invariant: what a customer is shown to be and to hold depends on the set of records, not on their
order; one position of the inbox is applied once, however long the replay. An id that is an alias
keeps nothing: what comes to it goes on to the id that it is an alias of.
"""

from dataclasses import dataclass
from dataclasses import replace as replace_record
from datetime import UTC
from typing import NamedTuple

from msgspec.structs import replace

from streams.contracts.change import Change
from streams.contracts.customer import Attributes, Customer, CustomerAlias
from streams.contracts.event import Event
from streams.contracts.ids import CustomerId
from streams.contracts.money import Rate
from streams.contracts.project import Project
from streams.identify.aliases import joined_with, linked
from streams.identify.attributes import newest
from streams.identify.bounds import bounded
from streams.identify.claims import claims, is_claimed, with_stranger
from streams.identify.held import customer_of
from streams.identify.records import CustomerRecord, HandedOver
from streams.identify.seen import met
from streams.identify.state import SCHEMA, CustomerState, Position
from streams.identify.terms import learned, term_of
from streams.identify.transfers import is_told, moved, redirected, settled
from streams.normalize.events import currency_to_price, normalize
from streams.normalize.money import USD, RateTable


class Place(NamedTuple):
    """Whose inbox it is, by the record's key, and where in it the record stands."""

    key: CustomerId
    position: Position


Onward = tuple[CustomerId, CustomerRecord]
"""A record for the inbox of another id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """`customer` None: nothing of the public record moved. `absorbed`: an id whose own public
    record is to go, because this customer's has all of it."""

    state: CustomerState
    customer: Customer | None = None
    events: tuple[Event, ...] = ()
    onward: tuple[Onward, ...] = ()
    absorbed: CustomerId | None = None


def apply(
    state: CustomerState | None,
    record: CustomerRecord,
    place: Place,
    project: Project,
    rates: RateTable,
) -> Identified:
    """A customer after a record of their inbox. Raise MalformedError for half a transfer."""
    if state is not None and _applied(state, place.position):
        return Identified(state=state)
    before = state or CustomerState(schema=SCHEMA, customer_id=place.key)
    known = replace(before, applied=place.position)
    if isinstance(record, CustomerAlias):
        known, told = linked(known, record)
        return Identified(state=known, onward=tuple((each.customer_id, each) for each in told))
    if known.alias_of is not None:
        return Identified(state=known, onward=((known.alias_of, _readdressed(record, known)),))
    match record:
        case Change():
            return _hear(before, known, record, project, rates)
        case Attributes():
            known = _with_attributes(known, record)
            return _identified(before, known, record, project)
        case HandedOver():
            known = joined_with(known, record)
            done = _identified(before, known, record, project)
            return replace_record(done, absorbed=record.from_id)


def _hear(
    before: CustomerState,
    known: CustomerState,
    change: Change,
    project: Project,
    rates: RateTable,
) -> Identified:
    """A change of this customer's; one that only came by goes on to its own."""
    if is_claimed(known, change):
        onward = (change.customer_id, change)
        return Identified(state=with_stranger(known, change.customer_id), onward=(onward,))
    done = _change(before, known, change, project, rates)
    aliases = claims(known, change)
    return replace_record(done, onward=(*aliases, *done.onward)) if aliases else done


def _applied(state: CustomerState, position: Position) -> bool:
    """Offsets of one partition only grow."""
    last = state.applied
    return last is not None and last[0] == position[0] and position[1] <= last[1]


def _readdressed(record: CustomerRecord, state: CustomerState) -> CustomerRecord:
    """A change and attributes go on as they are: whom they name is the id that was met."""
    if isinstance(record, HandedOver) and state.alias_of is not None:
        return redirected(record, state.customer_id, state.alias_of)
    return record


def _change(
    before: CustomerState,
    known: CustomerState,
    change: Change,
    project: Project,
    rates: RateTable,
) -> Identified:
    """First seen at the beginning of the oldest purchase."""
    first = min(change.occurred_at, change.purchased_at or change.occurred_at)
    seen = met(known.seen, change.customer_id, first, change.occurred_at)
    is_event = is_told(known, change)
    known = replace(known, seen=seen, moves=moved(known.moves, change))
    rate, known = _rate(known, change, rates) if is_event else (None, known)
    told = term_of(change)
    if told is not None:
        known = replace(known, terms=learned(known.terms, told))
    done = _identified(before, known, change, project)
    if not is_event:
        return done
    customer = done.customer or customer_of(done.state, project)
    event = normalize(change, customer, project, rate)
    return replace_record(done, events=(event,))


def _with_attributes(state: CustomerState, told: Attributes) -> CustomerState:
    at = told.received_at
    seen = met(state.seen, told.customer_id, at, at)
    return replace(state, seen=seen, attributes=newest(state.attributes, told.values))


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
    before: CustomerState,
    after: CustomerState,
    cause: Change | Attributes | HandedOver,
    project: Project,
) -> Identified:
    """Purchases that are somebody else's go there; what does not fit any more goes too. Nobody is
    shown who was never named: what was handed over came before the change that says to whom."""
    settled_, handed = settled(after, cause.received_at)
    kept = bounded(settled_, project)
    shown = bool(kept.seen) and _shown(before) != _shown(kept)
    return Identified(
        state=kept,
        customer=customer_of(kept, project) if shown else None,
        onward=tuple((each.customer_id, each) for each in handed),
    )


def _shown(state: CustomerState) -> CustomerState:
    """What of the state the public record is made of."""
    return replace(state, applied=None, rates={}, moves={}, dropped=0)
