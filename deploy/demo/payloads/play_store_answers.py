"""What Google Play's API answers, in its shapes: subscriptions, products, orders, voided purchases."""

from datetime import UTC, datetime
from typing import Any

Answer = dict[str, Any]
_NANOS = 1_000
_MICROS = 1_000_000


def moment(at: datetime) -> str:
    """RFC 3339 with as many digits as Google gives."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def money(micros: int, currency: str) -> Answer:
    """A half that is 0 is left out."""
    sign = -1 if micros < 0 else 1
    units, rest = divmod(abs(micros), _MICROS)
    told: Answer = {"currencyCode": currency}
    if units:
        told["units"] = str(sign * units)
    if rest:
        told["nanos"] = sign * rest * _NANOS
    return told


def line_item(
    product_id: str,
    expires_at: datetime | None,
    *,
    order_id: str | None = None,
    base_plan: str = "monthly",
    renews: bool | None = True,
    phase: str = "basePrice",
    price: Answer | None = None,
    **more: Any,
) -> Answer:
    """One of lineItems. `renews` None: a prepaid plan."""
    told: Answer = {"productId": product_id, "offerDetails": {"basePlanId": base_plan}}
    if expires_at is not None:
        told["expiryTime"] = moment(expires_at)
    if order_id is not None:
        told["latestSuccessfulOrderId"] = order_id
    if renews is None:
        told["prepaidPlan"] = {}
    else:
        plan: Answer = {"autoRenewEnabled": True} if renews else {}
        told["autoRenewingPlan"] = plan | ({"recurringPrice": price} if price else {})
    return told | {"offerPhase": {phase: {}}} | more


def subscription(state: str, items: list[Answer], started_at: datetime, **more: Any) -> Answer:
    """purchases.subscriptionsv2.get; `state` without its prefix."""
    return {
        "kind": "androidpublisher#subscriptionPurchaseV2",
        "startTime": moment(started_at),
        "regionCode": "US",
        "subscriptionState": f"SUBSCRIPTION_STATE_{state}",
        "acknowledgementState": "ACKNOWLEDGEMENT_STATE_ACKNOWLEDGED",
        "lineItems": items,
        **more,
    }


def canceled_by(who: str, at: datetime | None = None) -> Answer:
    """Member canceledStateContext; `who`: user, system, developer or replacement."""
    context: Answer = {"cancelTime": moment(at)} if at is not None else {}
    return {"canceledStateContext": {f"{who}InitiatedCancellation": context}}


def replaced() -> Answer:
    """Member canceledStateContext of a token that a newer one replaced."""
    return {"canceledStateContext": {"replacementCancellation": {}}}


def order(
    order_id: str,
    token: str,
    product_id: str,
    paid: Answer,
    at: datetime,
    *,
    period: tuple[datetime, datetime] | None = None,
    base_plan: str = "monthly",
    phase: str = "baseDetails",
    quantity: int = 1,
) -> Answer:
    """orders.get. `period`: None: of a one-time product."""
    item: Answer = {"productId": product_id, "productTitle": product_id, "total": paid}
    if period is not None:
        item["subscriptionDetails"] = {
            "basePlanId": base_plan,
            "servicePeriodStartTime": moment(period[0]),
            "servicePeriodEndTime": moment(period[1]),
            "offerPhaseDetails": {phase: {}},
        }
    else:
        item["oneTimePurchaseDetails"] = {"quantity": quantity}
    return {
        "orderId": order_id,
        "purchaseToken": token,
        "state": "PROCESSED",
        "createTime": moment(at),
        "lastEventTime": moment(at),
        "total": paid,
        "lineItems": [item],
        "orderHistory": {"processedEvent": {"eventTime": moment(at)}},
        "salesChannel": "IN_APP",
    }


def refunded(given: Answer, at: datetime, reason: str = "OTHER") -> Answer:
    """The order after all of it went back."""
    event = {
        "eventTime": moment(at),
        "refundDetails": {"total": given["total"]},
        "refundReason": reason,
    }
    history = given["orderHistory"] | {"refundEvent": event}
    return given | {"state": "REFUNDED", "lastEventTime": moment(at), "orderHistory": history}


def partly_refunded(given: Answer, part: Answer, at: datetime) -> Answer:
    """The order after some of it went back."""
    event = {
        "createTime": moment(at),
        "processTime": moment(at),
        "state": "PROCESSED_SUCCESSFULLY",
        "refundDetails": {"total": part},
    }
    before = given["orderHistory"].get("partialRefundEvents", [])
    history = given["orderHistory"] | {"partialRefundEvents": [*before, event]}
    return given | {"state": "PARTIALLY_REFUNDED", "orderHistory": history}


def product(
    product_id: str,
    order_id: str | None,
    at: datetime,
    *,
    state: str = "PURCHASED",
    quantity: int = 1,
    **more: Any,
) -> Answer:
    """purchases.productsv2.getproductpurchasev2."""
    offer: Answer = {"quantity": quantity} if quantity > 1 else {}
    told: Answer = {
        "kind": "androidpublisher#productPurchaseV2",
        "productLineItem": [{"productId": product_id, "productOfferDetails": offer}],
        "purchaseStateContext": {"purchaseState": state},
        "regionCode": "US",
        "acknowledgementState": "ACKNOWLEDGEMENT_STATE_ACKNOWLEDGED",
        **more,
    }
    if order_id is not None:
        told["orderId"] = order_id
    if state == "PURCHASED":
        told["purchaseCompletionTime"] = moment(at)
    return told


def void(token: str, order_id: str, at: datetime, reason: int = 0, source: int = 0) -> Answer:
    """One of voidedPurchases."""
    milliseconds = str(int(at.timestamp() * 1000))
    return {
        "kind": "androidpublisher#voidedPurchase",
        "purchaseToken": token,
        "orderId": order_id,
        "purchaseTimeMillis": milliseconds,
        "voidedTimeMillis": milliseconds,
        "voidedSource": source,
        "voidedReason": reason,
    }
