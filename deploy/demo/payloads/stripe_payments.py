"""Stripe's objects about a payment: what links it to an invoice, its charge, refunds and disputes."""

from datetime import datetime

from deploy.demo.payloads.stripe import Object, seconds


def invoice_payment(
    *,
    id_: str,
    invoice: str,
    amount: int,
    currency: str,
    created: datetime,
    payment_intent: str | None = None,
    charge: str | None = None,
) -> Object:
    """For event invoice_payment.paid: which payment paid which invoice."""
    payment: Object = {"type": "payment_intent" if payment_intent else "charge"}
    if payment_intent:
        payment["payment_intent"] = payment_intent
    if charge:
        payment["charge"] = charge
    return {
        "id": id_,
        "object": "invoice_payment",
        "amount_paid": amount,
        "amount_requested": amount,
        "created": seconds(created),
        "currency": currency.lower(),
        "invoice": invoice,
        "is_default": True,
        "livemode": True,
        "payment": payment,
        "status": "paid",
    }


def refund(
    *,
    id_: str,
    amount: int,
    currency: str,
    created: datetime,
    status: str = "succeeded",
    payment_intent: str | None = None,
    charge: str | None = None,
    reason: str | None = "requested_by_customer",
) -> Object:
    """For events refund.created, refund.updated, refund.failed and charge.refund.updated."""
    return {
        "id": id_,
        "object": "refund",
        "amount": amount,
        "charge": charge,
        "created": seconds(created),
        "currency": currency.lower(),
        "metadata": {},
        "payment_intent": payment_intent,
        "reason": reason,
        "status": status,
    }


def charge(
    *,
    id_: str,
    amount: int,
    currency: str,
    created: datetime,
    customer: str | None = None,
    payment_intent: str | None = None,
    invoice: str | None = None,
    amount_refunded: int = 0,
    refunds: list[Object] | None = None,
) -> Object:
    """For events charge.*; `invoice` and the list `refunds` come in the old shape only."""
    content: Object = {
        "id": id_,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": amount_refunded,
        "created": seconds(created),
        "currency": currency.lower(),
        "customer": customer,
        "disputed": False,
        "payment_intent": payment_intent,
        "refunded": amount_refunded == amount,
        "status": "succeeded",
    }
    if invoice is not None:
        content["invoice"] = invoice
    if refunds is not None:
        content["refunds"] = {"object": "list", "data": refunds, "has_more": False}
    return content


def dispute(
    *,
    id_: str,
    amount: int,
    currency: str,
    created: datetime,
    charge: str,
    payment_intent: str | None = None,
    status: str = "needs_response",
    reason: str = "fraudulent",
) -> Object:
    """For events charge.dispute.*."""
    return {
        "id": id_,
        "object": "dispute",
        "amount": amount,
        "charge": charge,
        "created": seconds(created),
        "currency": currency.lower(),
        "livemode": True,
        "payment_intent": payment_intent,
        "reason": reason,
        "status": status,
    }
