"""GET /v1/subscribers/{app_user_id} in the shape of RevenueCat's v1 API.

A customer that nobody knows is answered 200 with empty maps. (RevenueCat makes one then, and
answers 201; here a question changes nothing.) Sandbox purchases are shown, marked `is_sandbox`, and
never stand in for a production purchase of the same product or entitlement.

Null is what the documented answer has null: a date that is not known or did not happen. Absent is
`product_plan_identifier` where a product has no base plans, as all but Google Play's.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from aiohttp import web

from ingress.callers import Callers
from ingress.customers import Customers
from ingress.refusal import JSON_HEADERS
from streams.contracts.codec import write_json
from streams.contracts.customer import Customer, HeldPurchase
from streams.contracts.money import MICROS
from streams.contracts.project import BASE_PLAN
from streams.contracts.stores import BY_NAME
from streams.contracts.words import Environment
from streams.observe import clock

_FOR_EVER = datetime.max.replace(tzinfo=UTC)
_NEVER = datetime.min.replace(tzinfo=UTC)


class Subscribers:
    """The route's one handler and what it needs."""

    def __init__(self, callers: Callers, customers: Customers) -> None:
        self._callers = callers
        self._customers = customers

    async def get(self, request: web.Request) -> web.Response:
        self._callers.app(request)
        asked = request.match_info["app_user_id"]
        customer = await self._customers.find(asked)
        body = write_json(subscriber_answer(asked, customer, clock.now()))
        return web.Response(body=body, headers=JSON_HEADERS)


def subscriber_answer(asked: str, customer: Customer | None, at: datetime) -> dict[str, Any]:
    """The whole answer; `customer` None: nobody knows `asked`."""
    held = () if customer is None else sorted(customer.purchases, key=_weight)
    return {
        "request_date": _date(at),
        "request_date_ms": int(at.timestamp() * 1000),
        "subscriber": {
            "entitlements": _entitlements(held),
            "first_seen": _date(at if customer is None else customer.first_seen_at),
            "last_seen": _date(at if customer is None else customer.last_seen_at),
            "management_url": _management_url(held, at),
            "non_subscriptions": _one_time_purchases(held),
            "original_app_user_id": asked if customer is None else customer.original_customer_id,
            "original_application_version": None,
            "original_purchase_date": None,
            "other_purchases": {},
            "subscriber_attributes": {} if customer is None else customer.attributes,
            "subscriptions": {
                _subscribed(p.product_id): _subscription(p) for p in held if not p.one_time
            },
        },
    }


def ends_at(purchase: HeldPurchase) -> datetime | None:
    """When its access ends or ended; None: never."""
    refunded = purchase.refunded_at if purchase.one_time else None
    ends = (purchase.expires_at, purchase.ended_at, refunded)
    return min((end for end in ends if end is not None), default=None)


def _weight(purchase: HeldPurchase) -> tuple[bool, datetime, datetime]:
    """What comes last wins its product and its entitlements: production, then the longest access."""
    return (
        purchase.environment is Environment.PRODUCTION,
        ends_at(purchase) or _FOR_EVER,
        purchase.purchased_at or _NEVER,
    )


def _management_url(held: Iterable[HeldPurchase], at: datetime) -> str | None:
    """Of the subscription that gives the longest access now, where its store has one for everybody."""
    active = [p for p in held if not p.one_time and (ends_at(p) or _FOR_EVER) > at]
    return BY_NAME[active[-1].store].management_url or None if active else None


def _subscribed(product_id: str) -> str:
    return product_id.partition(BASE_PLAN)[0]


def _plan(purchase: HeldPurchase) -> dict[str, str]:
    plan = purchase.product_id.partition(BASE_PLAN)[2]
    return {"product_plan_identifier": plan} if plan else {}


def _entitlements(held: Iterable[HeldPurchase]) -> dict[str, Any]:
    return {
        entitlement: {
            "expires_date": _date(ends_at(purchase)),
            "grace_period_expires_date": _date(purchase.grace_expires_at),
            "product_identifier": _subscribed(purchase.product_id),
            "purchase_date": _date(purchase.purchased_at),
            **_plan(purchase),
        }
        for purchase in held
        for entitlement in purchase.entitlement_ids
    }


def _subscription(purchase: HeldPurchase) -> dict[str, Any]:
    return {
        "auto_resume_date": _date(purchase.auto_resume_at),
        "billing_issues_detected_at": _date(purchase.billing_issue_at),
        "expires_date": _date(ends_at(purchase)),
        "grace_period_expires_date": _date(purchase.grace_expires_at),
        "is_sandbox": purchase.environment is Environment.SANDBOX,
        "original_purchase_date": _date(purchase.original_purchased_at),
        "ownership_type": "FAMILY_SHARED" if purchase.family_share else "PURCHASED",
        "period_type": purchase.period_type.lower(),
        "price": _price(purchase),
        "purchase_date": _date(purchase.purchased_at),
        "refunded_at": _date(purchase.refunded_at),
        "store": purchase.store_name.lower(),
        "store_transaction_id": purchase.transaction_id,
        "unsubscribe_detected_at": _date(purchase.unsubscribed_at),
        **_plan(purchase),
    }


def _one_time_purchases(held: Iterable[HeldPurchase]) -> dict[str, list[dict[str, Any]]]:
    products: dict[str, list[dict[str, Any]]] = {}
    bought = (purchase for purchase in held if purchase.one_time)
    for purchase in sorted(bought, key=lambda p: p.purchased_at or _NEVER):
        products.setdefault(purchase.product_id, []).append(_one_time_purchase(purchase))
    return products


def _one_time_purchase(purchase: HeldPurchase) -> dict[str, Any]:
    identity = f"{purchase.purchase_key}/{purchase.transaction_id}"
    return {
        "id": sha256(identity.encode()).hexdigest()[:10],
        "is_sandbox": purchase.environment is Environment.SANDBOX,
        "original_purchase_date": _date(purchase.original_purchased_at),
        "price": _price(purchase),
        "purchase_date": _date(purchase.purchased_at),
        "store": purchase.store_name.lower(),
        "store_transaction_id": purchase.transaction_id,
    }


def _price(purchase: HeldPurchase) -> dict[str, Any] | None:
    if purchase.price_micros is None or purchase.currency is None:
        return None
    return {"amount": purchase.price_micros / MICROS, "currency": purchase.currency}


def _date(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
