"""Purchases that change hands: both sides know the last transfer, and the terms go where it says.

A purchase is here unless its last transfer went to an id that is none of this customer's. So the
sides may hear of transfers in any order, and of one another's aliases before or after them.
"""

from collections.abc import Iterator
from dataclasses import replace as replace_record
from datetime import datetime

from msgspec.structs import replace

from streams.contracts.change import Change, ChangeKind
from streams.contracts.errors import MalformedError
from streams.contracts.ids import CustomerId, PurchaseKey
from streams.identify.records import HandedOver
from streams.identify.state import CustomerState, Move

MOST_MOVES = 300
Moves = dict[PurchaseKey, Move]


def moved(moves: Moves, change: Change) -> Moves:
    """The moves with that of `change`, if it is one. Raise MalformedError for half a transfer."""
    if change.kind is not ChangeKind.TRANSFERRED:
        return moves
    if change.transferred_from is None or change.transferred_to is None:
        raise MalformedError("a transfer without its two sides")
    return last(moves, {change.purchase_key: Move(change.sequence, change.transferred_to)})


def last(one: Moves, other: Moves) -> Moves:
    """Of each purchase the last move of both; the oldest ones go first."""
    joined = {
        key: min((moves[key] for moves in (one, other) if key in moves), key=_newest_first)
        for key in {*one, *other}
    }
    kept = sorted(joined, key=lambda key: (_newest_first(joined[key]), key))[:MOST_MOVES]
    return {key: joined[key] for key in sorted(kept)}


def _newest_first(move: Move) -> tuple[int, str]:
    """Of one move the lesser id: the other one may have become its alias on the way."""
    return -move.sequence, move.to


def redirected(handed: HandedOver, alias: CustomerId, to: CustomerId) -> HandedOver:
    """For who `alias` is now. Its moves too: a customer of very many ids may not know this one any
    more, and would send the purchases back here."""
    moves = {
        key: Move(move.sequence, to) if move.to == alias else move
        for key, move in handed.moves.items()
    }
    return replace_record(handed, customer_id=to, moves=moves)


def is_told(state: CustomerState, change: Change) -> bool:
    """Whether the transfer is an event: told once, for who gets the purchase, and never between
    ids of one customer."""
    if change.kind is not ChangeKind.TRANSFERRED:
        return True
    arrives = change.customer_id == change.transferred_to
    return arrives and change.transferred_from not in _ids(state)


def _ids(state: CustomerState) -> set[CustomerId]:
    """What was handed over may come before the first that names the customer."""
    return {state.customer_id, *state.seen}


def settled(state: CustomerState, at: datetime) -> tuple[CustomerState, tuple[HandedOver, ...]]:
    """The state without the purchases that are somebody else's by now, which get them."""
    ids = _ids(state)
    gone = {key: move for key, move in state.moves.items() if move.to not in ids}
    if not any(term.purchase_key in gone for term in state.terms):
        return state, ()
    kept = tuple(term for term in state.terms if term.purchase_key not in gone)
    return replace(state, terms=kept), tuple(_handed(state, gone, at))


def _handed(state: CustomerState, gone: Moves, at: datetime) -> Iterator[HandedOver]:
    for key, move in gone.items():
        terms = tuple(term for term in state.terms if term.purchase_key == key)
        if terms:
            yield HandedOver(
                customer_id=move.to,
                received_at=at,
                moves={key: move},
                terms=terms,
                rates=state.rates,
            )
