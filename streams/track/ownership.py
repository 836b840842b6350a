"""Who owns a purchase: the first post or track-new, then the project's restore setting."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from streams.contracts.change import Change, ChangeKind
from streams.contracts.customer import CustomerAlias, is_customer_id
from streams.contracts.errors import UnknownAppError
from streams.contracts.ids import (
    CustomerId,
    NotificationId,
    anonymous_customer,
    event_id,
    is_anonymous,
)
from streams.contracts.project import AppStore, Project, Restore
from streams.contracts.purchase import Tracking
from streams.contracts.words import Environment, Origin, Signal
from streams.track.changes import Spoken, subscription_id
from streams.track.state import PurchaseState
from streams.track.terms import newest_term

OFF = "off"
_KNOWN = "known_"


class Owner(NamedTuple):
    """`named`: a customer that the store names, whose the purchase is if they are known."""

    customer_id: CustomerId
    named: CustomerId | None = None


def new_owner(record: Spoken, waiting: Iterable[Spoken], project: Project) -> Owner | None:
    """Whose a purchase becomes that nobody posted; None: the app does not track new ones.

    A name that the store did not pass on gives an anonymous customer (RevenueCat's rule). `waiting`:
    what is parked of the purchase, which may have said the name: a Checkout Session has its own.
    """
    store = _store(record, project)
    if store is None or store.track_new == OFF or not record.snapshot.carries_purchase:
        return None
    anonymous = anonymous_customer(record.purchase_key)
    rule = store.track_new.removeprefix(_KNOWN)
    named = _named((record, *waiting), rule)
    if named is None:
        return Owner(anonymous)
    return Owner(anonymous, named) if store.track_new.startswith(_KNOWN) else Owner(named)


def _named(told: Iterable[Spoken], rule: str) -> CustomerId | None:
    """The first usable name by the rule; one that a backend could not post either is none."""
    names = (record.snapshot.identities.get(rule, "") for record in told)
    return next((CustomerId(name) for name in names if is_customer_id(name)), None)


def _store(record: Spoken, project: Project) -> AppStore | None:
    """None while this process does not know the app yet: then it is parked, not lost."""
    try:
        return project.app(record.app_id).store(record.store)
    except UnknownAppError:
        return None


def owner_after(state: PurchaseState, post: Tracking, project: Project) -> CustomerId:
    """The owner once `post` is applied (RevenueCat's restore behaviors)."""
    if state.owner is None or state.owner == post.customer_id:
        return post.customer_id
    match _restore(post, project):
        case Restore.TRANSFER:
            return state.owner if _both_anonymous(state, post) else post.customer_id
        case Restore.TRANSFER_IF_INACTIVE:
            return state.owner if is_active(state, post.received_at) else post.customer_id
        case Restore.KEEP | Restore.SHARE:
            return state.owner


def aliased(state: PurchaseState, post: Tracking, project: Project) -> tuple[CustomerAlias, ...]:
    """The two customers are one from now on: where purchases are shared, and where neither names
    anybody, so that a transfer would take from nobody."""
    if state.owner is None or state.owner == post.customer_id:
        return ()
    restore = _restore(post, project)
    unnamed = restore is Restore.TRANSFER and _both_anonymous(state, post)
    if not (unnamed or restore is Restore.SHARE):
        return ()
    at = post.received_at
    return (CustomerAlias(customer_id=state.owner, alias=post.customer_id, received_at=at),)


def _restore(post: Tracking, project: Project) -> Restore:
    sandbox = post.environment is Environment.SANDBOX
    return project.restore_sandbox if sandbox else project.restore


def _both_anonymous(state: PurchaseState, post: Tracking) -> bool:
    return state.owner is not None and all(map(is_anonymous, (state.owner, post.customer_id)))


def is_active(state: PurchaseState, at: datetime) -> bool:
    """Whether some term gives access at that time, by the newest standing of each period."""
    newest = (points[-1].standing for points in state.periods.values() if points)
    return any(
        not (standing.access is not None and standing.access.ended)
        and (standing.expires_at is None or standing.expires_at > at)
        for standing in newest
    )


def transferred(
    state: PurchaseState, post: Tracking, origin: CustomerId
) -> tuple[PurchaseState, tuple[Change, ...]]:
    """The purchase moved to `post.customer_id`: one Change for each side, with one id."""
    term = newest_term(state)
    fact = f"transfer/{post.tracking_id}"
    sides = tuple(
        Change(
            event_id=event_id(post.app_id, post.store, post.environment, fact),
            fact=fact,
            kind=ChangeKind.TRANSFERRED,
            app_id=post.app_id,
            store=post.store,
            environment=post.environment,
            purchase_key=post.purchase_key,
            subscription_id=subscription_id(post.purchase_key, term.item if term else "-"),
            customer_id=side,
            sequence=state.sequence + 1,
            occurred_at=post.received_at,
            received_at=post.received_at,
            receipt_id=post.tracking_id,
            notification_id=NotificationId(""),
            notification_type="",
            signal=Signal.NOTED,
            origin=Origin.POST if post.posted else post.origin,
            period=term.period if term else "",
            product_id=term.product_id if term else None,
            transaction=term,
            purchased_at=term.purchased_at if term else None,
            expires_at=term.expires_at if term else None,
            transferred_from=origin,
            transferred_to=post.customer_id,
            through=state.named if is_anonymous(side) else None,
        )
        for side in (origin, post.customer_id)
    )
    return replace(state, sequence=state.sequence + 1), sides
