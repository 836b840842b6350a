"""Google Play's real-time developer notifications, and the Pub/Sub push that carries one.

A notification holds a number and a token; the truth is at Google's API.
"""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import orjson

Message = dict[str, Any]


def subscription(type_: int, purchase_token: str, subscription_id: str | None = None) -> Message:
    """Member subscriptionNotification; `subscription_id` still comes in real traffic."""
    content: Message = {
        "version": "1.0",
        "notificationType": type_,
        "purchaseToken": purchase_token,
    }
    if subscription_id is not None:
        content["subscriptionId"] = subscription_id
    return {"subscriptionNotification": content}


def one_time(type_: int, purchase_token: str, sku: str) -> Message:
    """Member oneTimeProductNotification."""
    content = {
        "version": "1.0",
        "notificationType": type_,
        "purchaseToken": purchase_token,
        "sku": sku,
    }
    return {"oneTimeProductNotification": content}


def voided(purchase_token: str, order_id: str, product_type: int, refund_type: int = 1) -> Message:
    """Member voidedPurchaseNotification. `product_type`: 1 subscription, 2 one-time."""
    content = {
        "purchaseToken": purchase_token,
        "orderId": order_id,
        "productType": product_type,
        "refundType": refund_type,
    }
    return {"voidedPurchaseNotification": content}


def test() -> Message:
    """Member testNotification: the console's connection check."""
    return {"testNotification": {"version": "1.0"}}


def developer_notification(package_name: str, at: datetime, member: Message) -> Message:
    """What Google Play publishes: `member` is what one of the functions above gave."""
    return {
        "version": "1.0",
        "packageName": package_name,
        "eventTimeMillis": str(int(at.timestamp() * 1000)),
        **member,
    }


def push_body(
    notification: Message, *, message_id: str, subscription: str, published_at: datetime
) -> bytes:
    """The body of a wrapped Pub/Sub push; ids come in both spellings, as from Google."""
    published = published_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    message = {
        "attributes": {},
        "data": b64encode(orjson.dumps(notification)).decode(),
        "messageId": message_id,
        "message_id": message_id,
        "publishTime": published,
        "publish_time": published,
    }
    return orjson.dumps({"message": message, "subscription": subscription})
