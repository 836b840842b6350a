"""Stripe's invoices, in the shape of today and in the one before 2025-03-31.

`Shape.OLD` has `subscription`, `charge` and `payment_intent` on the invoice and the whole price on
its lines. Amounts are in Stripe's minor units.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deploy.demo.payloads.stripe import Object, Price, Shape, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an invoice. `item` None: a one-off invoice item."""

    id: str
    price: Price
    amount: int
    period_start: datetime
    period_end: datetime
    item: str | None
    proration: bool = False
    discount: int = 0
    tax: int = 0  # on top of the amount
    tax_included: int = 0
    quantity: int = 1
    trial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice. `balance`: credit of the customer that paid part of it, so that less was charged."""

    id: str
    customer: str
    currency: str
    created: datetime
    lines: Sequence[Line]
    subscription: str | None
    billing_reason: str = "subscription_cycle"
    status: str = "paid"
    balance: int = 0
    payment_intent: str | None = None
    charge: str | None = None
    collection_method: str = "charge_automatically"
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(line.amount - line.discount + line.tax for line in self.lines)

    @property
    def due(self) -> int:
        return max(self.total - self.balance, 0)

    def object(self, shape: Shape = Shape.NEW) -> Object:
        paid = self.status == "paid"
        content: Object = {
            "id": self.id,
            "object": "invoice",
            "amount_due": self.due,
            "amount_paid": self.due if paid else 0,
            "amount_remaining": 0 if paid else self.due,
            "attempt_count": 1,
            "billing_reason": self.billing_reason,
            "collection_method": self.collection_method,
            "created": seconds(self.created),
            "currency": self.currency.lower(),
            "customer": self.customer,
            "ending_balance": 0,
            "lines": self._lines(shape),
            "livemode": True,
            "period_end": seconds(self.created),
            "period_start": seconds(self.created),
            "starting_balance": -self.balance,
            "status": self.status,
            "subtotal": sum(line.amount for line in self.lines),
            "total": self.total,
        }
        return content | (self._old() if shape is Shape.OLD else self._new())

    def _lines(self, shape: Shape) -> Object:
        build = _old_line if shape is Shape.OLD else _new_line
        data = [build(line, self) for line in self.lines]
        return {"object": "list", "data": data, "has_more": False, "total_count": len(data)}

    def _old(self) -> Object:
        return {
            "charge": self.charge,
            "paid": self.status == "paid",
            "paid_out_of_band": False,
            "payment_intent": self.payment_intent,
            "subscription": self.subscription,
            "subscription_details": {"metadata": self.metadata},
        }

    def _new(self) -> Object:
        if self.subscription is None:
            return {"parent": None}
        details = {"metadata": self.metadata, "subscription": self.subscription}
        return {
            "parent": {
                "quote_details": None,
                "subscription_details": details,
                "type": "subscription_details",
            }
        }


def _line(line: Line) -> Object:
    name = f"{line.quantity} x {line.price.product}"
    discounts = [{"amount": line.discount, "discount": f"di_{line.id}"}] if line.discount else []
    return {
        "id": line.id,
        "object": "line_item",
        "amount": line.amount,
        "currency": line.price.currency.lower(),
        "description": f"Trial period for {line.price.product}" if line.trial else name,
        "discount_amounts": discounts,
        "metadata": {},
        "period": {"start": seconds(line.period_start), "end": seconds(line.period_end)},
        "quantity": line.quantity,
    }


def _new_line(line: Line, invoice: Invoice) -> Object:
    taxes = [
        {"amount": amount, "tax_behavior": behavior}
        for amount, behavior in ((line.tax, "exclusive"), (line.tax_included, "inclusive"))
        if amount
    ]
    pricing = {
        "price_details": {"price": line.price.id, "product": line.price.product},
        "type": "price_details",
        "unit_amount_decimal": "0" if line.trial else str(line.price.amount),
    }
    return _line(line) | {"parent": _parent(line, invoice), "pricing": pricing, "taxes": taxes}


def _parent(line: Line, invoice: Invoice) -> Object:
    if line.item is None:
        details: Object = {
            "invoice_item": f"ii_{line.id}",
            "proration": line.proration,
            "subscription": invoice.subscription,
        }
        return {"invoice_item_details": details, "type": "invoice_item_details"}
    details = {
        "invoice_item": f"ii_{line.id}" if line.proration else None,
        "proration": line.proration,
        "subscription": invoice.subscription,
        "subscription_item": line.item,
    }
    return {
        "invoice_item_details": None,
        "subscription_item_details": details,
        "type": "subscription_item_details",
    }


def _old_line(line: Line, invoice: Invoice) -> Object:
    taxes = [
        {"amount": amount, "inclusive": inclusive}
        for amount, inclusive in ((line.tax, False), (line.tax_included, True))
        if amount
    ]
    return _line(line) | {
        "price": line.price.object(),
        "proration": line.proration,
        "subscription": invoice.subscription,
        "subscription_item": line.item,
        "tax_amounts": taxes,
        "type": "invoiceitem" if line.item is None or line.proration else "subscription",
    }
