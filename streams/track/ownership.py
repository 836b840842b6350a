"""Who owns a purchase: the first post or track-new, then the project's restore setting."""

from datetime import datetime

from msgspec.structs import replace

from streams.contracts.change import Change, ChangeKind
from streams.contracts.errors import UnknownAppError
from streams.contracts.ids import CustomerId, NotificationId, anonymous_customer, event_id
from streams.contracts.project import AppStore, Project, Restore
from streams.contracts.purchase import Tracking
from streams.contracts.words import Environment, Origin, Signal
from streams.track.changes import Spoken, subscription_id
from streams.track.state import PurchaseState
from streams.track.terms import newest_term

OFF = "off"
ANONYMOUS = "anonymous"


def new_owner(record: Spoken, project: Project) -> CustomerId | None:
    """Whose a purchase becomes that nobody posted; None: the app does not track new ones.

    A name that the store did not pass on gives an anonymous customer (RevenueCat's rule).
    """
    store = _store(record, project)
    if store is None or store.track_new == OFF or not record.snapshot.carries_purchase:
        return None
    if store.track_new == ANONYMOUS:
        return anonymous_customer(record.purchase_key)
    named = record.snapshot.identities.get(store.track_new)
    return CustomerId(named) if named else anonymous_customer(record.purchase_key)


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
    sandbox = post.environment is Environment.SANDBOX
    match project.restore_sandbox if sandbox else project.restore:
        case Restore.TRANSFER:
            return post.customer_id
        case Restore.TRANSFER_IF_INACTIVE:
            return state.owner if is_active(state, post.received_at) else post.customer_id
        case Restore.KEEP | Restore.SHARE:
            return state.owner


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
        )
        for side in (origin, post.customer_id)
    )
    return replace(state, sequence=state.sequence + 1), sides
