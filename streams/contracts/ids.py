"""Identifiers and the trust they carry; how a purchase key and an event id are made."""

from typing import NewType
from uuid import UUID, uuid5

from streams.contracts.words import Environment

AppId = NewType("AppId", str)
StoreName = NewType("StoreName", str)
CustomerId = NewType("CustomerId", str)
"""The app_user_id by which the operator's own backend knows a person."""
PurchaseKey = NewType("PurchaseKey", str)
"""`app_id/store/environment/the store's own id of the purchase`: the unit of order and of state."""
EventId = NewType("EventId", str)
NotificationId = NewType("NotificationId", str)
"""The store's own id of a message; the same in every redelivery of it."""
ReceiptId = NewType("ReceiptId", str)
"""Our id of one HTTP post, given back to the store with the 200."""

NO_PURCHASE = "-"
_EVENTS = UUID("5f0cf3a1-3a0e-5a64-9a2f-1f6c2f0b7a11")


def purchase_key(
    app_id: AppId, store: StoreName, environment: Environment, purchase_id: str
) -> PurchaseKey:
    return PurchaseKey(f"{app_id}/{store}/{environment}/{purchase_id}")


def event_id(app_id: AppId, store: StoreName, environment: Environment, fact: str) -> EventId:
    """The id of a fact: equal for every message that tells it, in every order and replay."""
    return EventId(str(uuid5(_EVENTS, f"{app_id}/{store}/{environment}/{fact}")))


_ANONYMOUS = "$RCAnonymousID:"


def anonymous_customer(key: PurchaseKey) -> CustomerId:
    """A customer for a purchase that names nobody: RevenueCat's form, the same in every replay."""
    return CustomerId(f"{_ANONYMOUS}{uuid5(_EVENTS, f'anonymous/{key}').hex}")


def is_anonymous(customer_id: CustomerId) -> bool:
    """Whether it names nobody: made here, or by RevenueCat's SDKs before anybody logged in."""
    return customer_id.startswith(_ANONYMOUS)
