"""One customer of many ids: their states become one, whichever way and in whatever order it is said.

Of two ids the greater one becomes an alias of the lesser one, by the order of their letters, so
links only ever lead down: there can be no cycle, and every chain ends at the least id of all.
"""

from dataclasses import replace as replace_record
from functools import reduce

from msgspec.structs import replace

from streams.contracts.customer import CustomerAlias
from streams.contracts.ids import CustomerId
from streams.identify.attributes import newest
from streams.identify.claims import with_strangers
from streams.identify.records import HandedOver
from streams.identify.seen import Ids, both
from streams.identify.state import CustomerState, Seen
from streams.identify.terms import learned
from streams.identify.transfers import last


def linked(
    state: CustomerState, told: CustomerAlias
) -> tuple[CustomerState, tuple[CustomerAlias | HandedOver, ...]]:
    """The state after two ids became one, and what must be told to whom."""
    lesser, greater = sorted((told.customer_id, told.alias))
    if lesser == greater:
        return state, ()
    if state.customer_id != greater:
        return state, (replace_record(told, customer_id=greater, alias=lesser),)
    if state.alias_of is None:
        return _became_alias(state, lesser, told)
    return state, (*_follows(state.alias_of, lesser, told), *_met(state.alias_of, told))


def _follows(one: CustomerId, other: CustomerId, told: CustomerAlias) -> tuple[CustomerAlias, ...]:
    """Two ids that one greater id is an alias of are one person too."""
    lesser, greater = sorted((one, other))
    follows = replace_record(told, customer_id=greater, alias=lesser, follows=True)
    return () if one == other else (follows,)


def _met(whom: CustomerId, told: CustomerAlias) -> tuple[HandedOver, ...]:
    if told.follows:
        return ()
    at = told.received_at
    return (HandedOver(customer_id=whom, received_at=at, seen=_named(told)),)


def _named(told: CustomerAlias) -> Ids:
    """The ids that somebody said are one, as met then."""
    named = () if told.follows else (told.customer_id, told.alias)
    return {name: Seen(told.received_at, told.received_at) for name in sorted(named)}


def _became_alias(
    state: CustomerState, of: CustomerId, told: CustomerAlias
) -> tuple[CustomerState, tuple[HandedOver, ...]]:
    handed = HandedOver(
        customer_id=of,
        received_at=told.received_at,
        from_id=state.customer_id,
        seen=both(state.seen, _named(told)),
        attributes=state.attributes,
        moves=state.moves,
        strangers=state.strangers,
        terms=state.terms,
        rates=state.rates,
    )
    alone = CustomerState(
        schema=state.schema, applied=state.applied, customer_id=state.customer_id, alias_of=of
    )
    return alone, (handed,)


def joined_with(state: CustomerState, handed: HandedOver) -> CustomerState:
    """The state with what another one gave; whose its purchases are by now is settled after it."""
    return replace(
        state,
        seen=both(state.seen, handed.seen),
        attributes=newest(state.attributes, handed.attributes),
        moves=last(state.moves, handed.moves),
        strangers=with_strangers(state.strangers, handed.strangers),
        terms=reduce(learned, handed.terms, state.terms),
        rates={**handed.rates, **state.rates},
    )
