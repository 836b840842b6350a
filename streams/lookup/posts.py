"""Whose purchase a looked-up one is, when a backend's post led to it. Pure.

The post said who; the store's answer says which purchase it is and of which environment. Only a post
that itself said PRODUCTION ships an app, and only when the store says so too.
"""

from streams.contracts.ids import CustomerId
from streams.contracts.money import Money
from streams.contracts.purchase import InboxRecord, Observation, Pointer, Tracking
from streams.contracts.words import Environment, Origin


def with_tracking(pointer: Pointer, records: tuple[InboxRecord, ...]) -> tuple[InboxRecord, ...]:
    """The records, the customer's claim before the first observation; as they are without one."""
    customer = pointer.hint.get("customer_id")
    if customer is None or pointer.origin not in {Origin.POST, Origin.IMPORT}:
        return records
    seen = next((one for one in records if isinstance(one, Observation)), None)
    if seen is None:
        return records
    place = records.index(seen)
    return (*records[:place], _tracking(pointer, seen, CustomerId(customer)), *records[place:])


def _tracking(pointer: Pointer, seen: Observation, customer: CustomerId) -> Tracking:
    production = seen.environment is Environment.PRODUCTION
    return Tracking(
        tracking_id=pointer.receipt_id,
        app_id=pointer.app_id,
        store=pointer.store,
        environment=seen.environment,
        purchase_key=seen.purchase_key,
        customer_id=customer,
        received_at=pointer.received_at,
        origin=pointer.origin,
        posted=pointer.origin is Origin.POST,
        ships=production and pointer.hint.get("ships") == "true",
        price=_price(pointer),
    )


def _price(pointer: Pointer) -> Money | None:
    micros, currency = pointer.hint.get("price_micros"), pointer.hint.get("currency")
    return Money(micros=int(micros), currency=currency) if micros and currency else None
