"""What Google's API answered as records of purchases.inbox: pure, given the time of the answer.

The purchase is the oldest token that the chain of linked tokens leads to; every newer token is
another name of it. A test purchase is SANDBOX, whatever came with it.
"""

from dataclasses import dataclass
from datetime import datetime

from streams.contracts.errors import WrongAppError
from streams.contracts.ids import NotificationId, PurchaseKey, purchase_key
from streams.contracts.purchase import Observation, Pointer, PurchaseAlias
from streams.contracts.snapshot import Snapshot
from streams.contracts.words import Environment, Signal
from streams.stores.play_store.answers import Order, ProductAnswer, Seen, Void
from streams.stores.play_store.options import NAME
from streams.stores.play_store.orders import refunds
from streams.stores.play_store.products import STATES, purchases
from streams.stores.play_store.standing import (
    NOTHING_YET,
    is_known,
    is_replaced,
    standings,
    state_of,
)
from streams.stores.play_store.terms import terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """`tokens`: from the one that was asked for back to the oldest known one. `before`: what the
    second of them answered; None: there is none, or Google has forgotten it."""

    tokens: tuple[str, ...]
    before: Seen | None = None

    @property
    def root(self) -> str:
        return self.tokens[-1]


def subscription(
    pointer: Pointer, seen: Seen, chain: Chain, answered_at: datetime
) -> tuple[PurchaseAlias | Observation, ...]:
    """The names first, then what was seen; raise WrongAppError for the other environment."""
    environment = environment_of(seen.answer.test_purchase is not None, pointer)
    snapshot = _snapshot(pointer, seen, chain.before, answered_at)
    known = is_known(seen)
    told = _observation(pointer, chain.root, environment, snapshot, answered_at, known=known)
    return (*_aliases(pointer, chain, environment, answered_at), told)


def product(
    pointer: Pointer,
    answer: ProductAnswer,
    orders: tuple[Order, ...],
    voids: tuple[Void, ...],
    answered_at: datetime,
) -> tuple[Observation, ...]:
    """A one-time purchase has one token for ever."""
    environment = environment_of(answer.test_purchase_context is not None, pointer)
    token = pointer.purchase_id
    snapshot = Snapshot(
        transactions=tuple(purchases(token, answer, orders, answered_at)),
        refunds=refunds(orders, voids),
        identities=_identities(answer.obfuscated_external_account_id),
    )
    known = answer.purchase_state_context.purchase_state in STATES
    return (_observation(pointer, token, environment, snapshot, answered_at, known=known),)


def environment_of(test: bool, pointer: Pointer) -> Environment:
    """Raise WrongAppError when the message or post was not for this one."""
    environment = Environment.SANDBOX if test else Environment.PRODUCTION
    if environment not in pointer.environments:
        allowed = " or ".join(pointer.environments)
        raise WrongAppError(f"a purchase of {environment}, not of {allowed}", reason="environment")
    return environment


def _snapshot(pointer: Pointer, seen: Seen, before: Seen | None, answered_at: datetime) -> Snapshot:
    if state_of(seen) in NOTHING_YET:
        return Snapshot()
    own = tuple(terms(seen, answered_at))
    older = tuple(terms(before, answered_at)) if before is not None else ()
    accounts = seen.answer.external_account_identifiers
    orders = (*(before.orders if before else ()), *seen.orders)
    return Snapshot(
        transactions=(*older, *own),
        refunds=refunds(orders, seen.voids),
        standings=standings(seen, before, pointer, (*older, *own)),
        identities=_identities(accounts.obfuscated_external_account_id if accounts else None),
        asked_as="" if is_replaced(seen) else seen.token,
    )


def _identities(account: str | None) -> dict[str, str]:
    return {"account_token": account} if account else {}


def _observation(
    pointer: Pointer,
    root: str,
    environment: Environment,
    snapshot: Snapshot,
    answered_at: datetime,
    *,
    known: bool,
) -> Observation:
    """A state that is new to us is kept as an observation of nothing, and says so."""
    return Observation(
        observation_id=observation_id(pointer, answered_at),
        app_id=pointer.app_id,
        store=NAME,
        environment=environment,
        purchase_key=_key(pointer, root, environment),
        signal=pointer.signal if known else Signal.UNKNOWN,
        occurred_at=answered_at,
        received_at=pointer.received_at,
        receipt_id=pointer.receipt_id,
        origin=pointer.origin,
        snapshot=snapshot,
        type=pointer.type,
        subtype=pointer.subtype,
    )


def observation_id(pointer: Pointer, answered_at: datetime) -> NotificationId:
    """The message's own and the time of the answer: asked again it is another observation."""
    return NotificationId(f"{pointer.notification_id}/{round(answered_at.timestamp() * 1000)}")


def _key(pointer: Pointer, token: str, environment: Environment) -> PurchaseKey:
    return purchase_key(pointer.app_id, NAME, environment, token)


def _aliases(
    pointer: Pointer, chain: Chain, environment: Environment, answered_at: datetime
) -> tuple[PurchaseAlias, ...]:
    """Every newer token leads straight to the oldest."""
    return tuple(
        PurchaseAlias(
            app_id=pointer.app_id,
            store=NAME,
            environment=environment,
            purchase_key=_key(pointer, token, environment),
            target=_key(pointer, chain.root, environment),
            ref=token,
            received_at=answered_at,
        )
        for token in chain.tokens[:-1]
    )
