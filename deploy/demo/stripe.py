"""What Stripe says when something happens: several events for one thing, as Stripe sends them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deploy.demo.happening import MICROS, PRODUCTION, Happening, Kind, Product, Term
from deploy.demo.payloads import stripe, stripe_invoices, stripe_payments
from deploy.demo.payloads.stripe import Object

_ZERO_DECIMAL = frozenset({"JPY"})
_UNITS = {True: "year", False: "month"}
_YEAR = 12
_Part = tuple[str, Object, Object | None]
"""Type of an event, its object, its previous_attributes."""


def events(happening: Happening) -> list[Object]:
    """In the order sent; ids are the same whenever the same thing is told."""
    return [
        stripe.event(
            type_,
            content,
            id_=f"evt_{_name(happening)}{number}",
            created=happening.at,
            livemode=happening.subscription.environment == PRODUCTION,
            previous=previous,
        )
        for number, (type_, content, previous) in enumerate(_TOLD[happening.kind](happening))
    ]


def minor_units(micros: int, currency: str) -> int:
    """Stripe's integer of an amount."""
    return micros // (MICROS if currency in _ZERO_DECIMAL else MICROS // 100)


def payment_intent(happening: Happening) -> str:
    """Of the payment of a term; a refund names it."""
    return f"pi_{_tail(happening)}{happening.term.number:02}"


def _trial(h: Happening) -> list[_Part]:
    started = _subscription(h, "trialing", h.term)
    return [("customer.subscription.created", started, None), *_paid(h, "subscription_create")]


def _started(h: Happening) -> list[_Part]:
    return [
        ("customer.subscription.created", _subscription(h, "incomplete", h.term), None),
        *_paid(h, "subscription_create"),
        _updated(_subscription(h, "active", h.term), {"status": "incomplete"}),
    ]


def _renewed(h: Happening) -> list[_Part]:
    was = {"status": "past_due"} if h.failing else {"latest_invoice": None}
    moved = _updated(_subscription(h, "active", h.term), was)
    paid = _paid(h, "subscription_cycle")
    return [*paid, moved] if h.failing else [moved, *paid]


def _changed(h: Happening) -> list[_Part]:
    former = {"id": _item_id(h), "price": _price(_former(h)).object()}
    moved = _updated(_subscription(h, "active", h.term), {"items": {"data": [former]}})
    return [moved, *_paid(h, "subscription_update")]


def _renewal_off(h: Happening) -> list[_Part]:
    cancelling = _subscription(
        h,
        "trialing" if h.term.is_trial else "active",
        h.term,
        cancel_at_period_end=True,
        cancel_at=h.term.ends_at,
        canceled_at=h.at,
        cancel_reason="cancellation_requested",
    )
    return [_updated(cancelling, {"cancel_at_period_end": False, "cancel_at": None})]


def _renewal_on(h: Happening) -> list[_Part]:
    status = "trialing" if h.term.is_trial else "active"
    was = {"cancel_at_period_end": True, "cancel_at": stripe.seconds(h.term.ends_at)}
    return [_updated(_subscription(h, status, h.term), was)]


def _charge_failed(h: Happening) -> list[_Part]:
    due = _due(h)
    overdue = _updated(_subscription(h, "past_due", due), {"status": "active"})
    invoice = _invoice(h, due, "subscription_cycle", status="open")
    return [overdue, ("invoice.payment_failed", invoice, None)]


def _expired(h: Happening) -> list[_Part]:
    """`canceled_at` stays the time at which it was asked for."""
    reason = "payment_failed" if h.failing else "cancellation_requested"
    canceled_at = h.off_at or h.at
    ended = _subscription(
        h, "canceled", h.due or h.term, canceled_at=canceled_at, ended_at=h.at, cancel_reason=reason
    )
    return [("customer.subscription.deleted", ended, None)]


def _refunded(h: Happening) -> list[_Part]:
    assert h.refund is not None
    amount = minor_units(h.refund.micros, h.refund.currency)
    payment: dict[str, Any] = {"payment_intent": payment_intent(h), "currency": h.refund.currency}
    back = stripe_payments.refund(id_=f"re_{_name(h)}", amount=amount, created=h.at, **payment)
    charge = stripe_payments.charge(
        id_=f"ch_{_tail(h)}{h.term.number:02}",
        amount=minor_units(h.term.price.micros, h.term.price.currency),
        amount_refunded=amount,
        created=h.term.starts_at,
        customer=_customer(h),
        **payment,
    )
    return [("refund.created", back, None), ("charge.refunded", charge, None)]


_TOLD: dict[Kind, Callable[[Happening], list[_Part]]] = {
    Kind.TRIAL: _trial,
    Kind.STARTED: _started,
    Kind.RENEWED: _renewed,
    Kind.CHANGED: _changed,
    Kind.RENEWAL_OFF: _renewal_off,
    Kind.RENEWAL_ON: _renewal_on,
    Kind.CHARGE_FAILED: _charge_failed,
    Kind.EXPIRED: _expired,
    Kind.REFUNDED: _refunded,
}


def _updated(content: Object, previous: Object) -> _Part:
    return ("customer.subscription.updated", content, previous)


def _paid(h: Happening, billing_reason: str) -> list[_Part]:
    """The paid invoice and, when money moved, the payment that paid it."""
    invoice = ("invoice.paid", _invoice(h, h.term, billing_reason), None)
    if h.term.is_trial:
        return [invoice]
    currency = h.term.price.currency
    payment = stripe_payments.invoice_payment(
        id_=f"inpay_{_tail(h)}{h.term.number:02}",
        invoice=_invoice_id(h, h.term),
        amount=minor_units(h.term.price.micros, currency),
        currency=currency,
        created=h.at,
        payment_intent=payment_intent(h),
    )
    return [("invoice_payment.paid", payment, None), invoice]


def _subscription(h: Happening, status: str, term: Term, **members: Any) -> Object:
    trial = (h.trial.starts_at, h.trial.ends_at) if h.trial else (None, None)
    item = stripe.Item(
        id=_item_id(h), price=_price(term), period_start=term.starts_at, period_end=term.ends_at
    )
    return stripe.subscription(
        id_=h.subscription.id,
        customer=_customer(h),
        status=status,
        items=[item],
        started_at=h.began_at,
        trial_start=trial[0],
        trial_end=trial[1],
        **members,
    )


def _invoice(h: Happening, term: Term, billing_reason: str, *, status: str = "paid") -> Object:
    line = stripe_invoices.Line(
        id=f"il_{_tail(h)}{term.number:02}",
        price=_price(term),
        amount=minor_units(term.price.micros, term.price.currency),
        period_start=term.starts_at,
        period_end=term.ends_at,
        item=_item_id(h),
        trial=term.is_trial,
    )
    invoice = stripe_invoices.Invoice(
        id=_invoice_id(h, term),
        customer=_customer(h),
        currency=term.price.currency,
        created=h.at,
        lines=[line],
        subscription=h.subscription.id,
        billing_reason=billing_reason,
        status=status,
    )
    return invoice.object()


def _price(term: Term) -> stripe.Price:
    product, currency = term.product, term.price.currency
    interval = "week" if product.days else _UNITS[product.months == _YEAR]
    return stripe.Price(
        id=_price_id(product, currency),
        product=product.product_id,
        amount=minor_units(product.prices[currency], currency),
        currency=currency,
        interval=interval,
    )


def _price_id(product: Product, currency: str) -> str:
    return f"price_{product.product_id.removeprefix('prod_')}{currency.title()}"


def _former(h: Happening) -> Term:
    assert h.previous_product is not None
    return replace(h.term, product=h.previous_product)


def _due(h: Happening) -> Term:
    assert h.due is not None
    return h.due


def _tail(h: Happening) -> str:
    return h.subscription.id.removeprefix("sub_")


def _name(h: Happening) -> str:
    return f"{_tail(h)}{h.number:02}"


def _customer(h: Happening) -> str:
    return f"cus_{_tail(h)}"


def _item_id(h: Happening) -> str:
    return f"si_{_tail(h)}"


def _invoice_id(h: Happening, term: Term) -> str:
    return f"in_{_tail(h)}{term.number:02}"
