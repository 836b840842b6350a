"""Stripe's events and subscriptions, in the shape of today and in the one before 2025-03-31.

`Shape.OLD` puts the period on the subscription instead of its items. Amounts are in Stripe's minor
units, times unix seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

Object = dict[str, Any]


class Shape(StrEnum):
    """The API version that an endpoint's payloads follow."""

    NEW = "2026-10-28.endive"
    OLD = "2024-06-20"


def seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A recurring price. `amount` None: tiered or metered."""

    id: str
    product: str
    amount: int | None
    currency: str
    interval: str = "month"
    interval_count: int = 1

    def object(self) -> Object:
        return {
            "id": self.id,
            "object": "price",
            "active": True,
            "billing_scheme": "per_unit" if self.amount is not None else "tiered",
            "currency": self.currency.lower(),
            "product": self.product,
            "recurring": {
                "interval": self.interval,
                "interval_count": self.interval_count,
                "usage_type": "licensed",
            },
            "type": "recurring",
            "unit_amount": self.amount,
            "unit_amount_decimal": None if self.amount is None else str(self.amount),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a subscription and the period that it is in."""

    id: str
    price: Price
    period_start: datetime
    period_end: datetime
    quantity: int = 1


def event(
    type_: str,
    content: Object,
    *,
    id_: str,
    created: datetime,
    livemode: bool = True,
    shape: Shape = Shape.NEW,
    previous: Object | None = None,
    account: str | None = None,
) -> Object:
    """A snapshot event around `content`."""
    data: Object = {"object": content}
    if previous is not None:
        data["previous_attributes"] = previous
    envelope: Object = {
        "id": id_,
        "object": "event",
        "api_version": shape.value,
        "created": seconds(created),
        "data": data,
        "livemode": livemode,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type_,
    }
    return envelope if account is None else {**envelope, "account": account}


def thin_event(
    type_: str,
    *,
    id_: str,
    created: datetime,
    livemode: bool = True,
    related: Object | None = None,
) -> Object:
    """A v2 event, which only names the object that it is about."""
    return {
        "id": id_,
        "object": "v2.core.event",
        "type": type_,
        "created": created.isoformat().replace("+00:00", "Z"),
        "livemode": livemode,
        "related_object": related,
    }


def body(event: Object) -> bytes:
    """The bytes that Stripe posts and signs."""
    return orjson.dumps(event, option=orjson.OPT_INDENT_2)


_PLAIN: Object = {
    "collection_method": "charge_automatically",
    "latest_invoice": None,
    "livemode": True,
    "pause_collection": None,
    "pending_update": None,
    "schedule": None,
}


def subscription(
    *,
    id_: str,
    customer: str,
    status: str,
    items: Sequence[Item],
    started_at: datetime,
    trial_start: datetime | None = None,
    trial_end: datetime | None = None,
    cancel_at_period_end: bool = False,
    cancel_at: datetime | None = None,
    canceled_at: datetime | None = None,
    ended_at: datetime | None = None,
    cancel_reason: str | None = None,
    metadata: dict[str, str] | None = None,
    shape: Shape = Shape.NEW,
    **members: object,
) -> Object:
    """A subscription with its items. `members`: any other member, in Stripe's own spelling."""
    first = items[0]
    content: Object = {
        "id": id_,
        "object": "subscription",
        "billing_cycle_anchor": seconds(first.period_start),
        "cancel_at": seconds(cancel_at),
        "cancel_at_period_end": cancel_at_period_end,
        "canceled_at": seconds(canceled_at),
        "cancellation_details": {"comment": None, "feedback": None, "reason": cancel_reason},
        "created": seconds(started_at),
        "currency": first.price.currency.lower(),
        "customer": customer,
        "ended_at": seconds(ended_at),
        "items": {"object": "list", "data": [_item(id_, one, shape) for one in items]},
        "metadata": metadata or {},
        "start_date": seconds(started_at),
        "status": status,
        "trial_end": seconds(trial_end),
        "trial_start": seconds(trial_start),
    }
    return {**_PLAIN, **content, **_period(first, shape, Shape.OLD), **members}


def _period(item: Item, shape: Shape, of: Shape) -> Object:
    """The old shape has it on the subscription, the new one on each item: nothing in the other."""
    if shape is not of:
        return {}
    return {
        "current_period_start": seconds(item.period_start),
        "current_period_end": seconds(item.period_end),
    }


def _item(subscription_id: str, item: Item, shape: Shape) -> Object:
    content: Object = {
        "id": item.id,
        "object": "subscription_item",
        "created": seconds(item.period_start),
        "price": item.price.object(),
        "quantity": item.quantity,
        "subscription": subscription_id,
    }
    return content | _period(item, shape, Shape.NEW)
