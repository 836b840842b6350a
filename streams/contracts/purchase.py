"""What flows into purchases.inbox, one ordered stream a purchase, and what asks a store's API."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NewType

from streams.contracts.ids import (
    AppId,
    CustomerId,
    NotificationId,
    PurchaseKey,
    ReceiptId,
    StoreName,
)
from streams.contracts.money import Money
from streams.contracts.snapshot import Snapshot
from streams.contracts.words import Environment, Origin, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verified:
    """A payload and where it came from. `content`: the parsed claims or body, the store's shape."""

    app_id: AppId
    store: StoreName
    environments: tuple[Environment, ...]
    receipt_id: ReceiptId
    received_at: datetime
    origin: Origin
    content: Any


VerifiedPayload = NewType("VerifiedPayload", _Verified)
"""The type says that a signature was checked: only a store's `verify` makes one."""


def verified(
    *,
    app_id: AppId,
    store: StoreName,
    environments: tuple[Environment, ...],
    receipt_id: ReceiptId,
    received_at: datetime,
    origin: Origin,
    content: Any,  # noqa: ANN401 - a vendor's shape
) -> VerifiedPayload:
    """Seal a payload whose signature was checked just now. Called by streams.stores only (tested)."""
    return VerifiedPayload(
        _Verified(
            app_id=app_id,
            store=store,
            environments=environments,
            receipt_id=receipt_id,
            received_at=received_at,
            origin=origin,
            content=content,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A genuine, decoded message of a store. `type` and `subtype` are the store's own words.

    `purchase_key` ends in `/-` when it is about no purchase. `connection_check`: the store's test
    message that the setup pages recommend, which moves "Last received".
    """

    notification_id: NotificationId
    app_id: AppId
    store: StoreName
    environment: Environment
    purchase_key: PurchaseKey
    type: str
    signal: Signal
    occurred_at: datetime
    received_at: datetime
    receipt_id: ReceiptId
    origin: Origin
    subtype: str = ""
    snapshot: Snapshot = field(default_factory=Snapshot)
    connection_check: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a store's API answered. Ordered by the time of the answer, which its id includes."""

    observation_id: NotificationId
    app_id: AppId
    store: StoreName
    environment: Environment
    purchase_key: PurchaseKey
    signal: Signal
    occurred_at: datetime
    received_at: datetime
    receipt_id: ReceiptId
    origin: Origin
    snapshot: Snapshot
    type: str = ""
    subtype: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """Join a purchase to a customer. `posted`: by the app's own backend, which alone can ship an app.

    `price` is the post's own, for the billable figure; nothing else reads it.
    """

    tracking_id: ReceiptId
    app_id: AppId
    store: StoreName
    environment: Environment
    purchase_key: PurchaseKey
    customer_id: CustomerId
    received_at: datetime
    origin: Origin  # post, import or parked (forwarded by an alias)
    posted: bool = False
    ships: bool = False  # posted with environment PRODUCTION in so many words
    price: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseAlias:
    """`purchase_key` is another name of `target`; `ref` is what refunds call it by."""

    app_id: AppId
    store: StoreName
    environment: Environment
    purchase_key: PurchaseKey
    target: PurchaseKey
    ref: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A tracked purchase's time to be asked for; ignored when `period` is not its newest any more."""

    app_id: AppId
    store: StoreName
    environment: Environment
    purchase_key: PurchaseKey
    period: str
    due_at: datetime


InboxRecord = Notification | Observation | Tracking | PurchaseAlias | Due
KINDS: dict[str, type[InboxRecord]] = {
    "notification": Notification,
    "observation": Observation,
    "tracking": Tracking,
    "purchase_alias": PurchaseAlias,
    "due": Due,
}
"""Value of the Kafka header `kind` in purchases.inbox, and the record it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """The truth is at the store's API: ask for `purchase_id`. `hint`: what the message itself said."""

    app_id: AppId
    store: StoreName
    environments: tuple[Environment, ...]
    purchase_id: str
    type: str
    signal: Signal
    notification_id: NotificationId
    occurred_at: datetime
    received_at: datetime
    receipt_id: ReceiptId
    origin: Origin
    subtype: str = ""
    hint: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWanted:
    """Verify met a key id that it does not hold; lookup fetches the issuer's keys again."""

    issuer: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedPurchase:
    """What a backend posted to /v1/purchases, as ingress accepted it; `environment` None: try both."""

    tracking_id: ReceiptId
    app_id: AppId
    store: StoreName
    customer_id: CustomerId
    received_at: datetime
    origin: Origin  # post or import
    environment: Environment | None = None
    purchase_id: str | None = None  # the store's root id
    signed_transaction: str | None = None
    looked_up_id: str | None = None  # leads to the root id through the store's API
    looked_up_field: str = ""  # what the post called it: transaction_id, checkout_session_id, ...
    price: Money | None = None
