"""Events of refunds, charges and disputes: money that went back, and came again.

They name a payment, not a subscription: their purchase is the payment intent (the charge where there
is none), which invoice_payment.paid or invoice.paid makes another name of the invoice. Three event
types tell one refund; its id `re_...` makes them one fact.
"""

from dataclasses import replace
from datetime import datetime

from streams.contracts import snapshot
from streams.contracts.ids import NO_PURCHASE
from streams.contracts.snapshot import Snapshot
from streams.contracts.words import Signal
from streams.stores.moments import at_seconds
from streams.stores.stripe.bills import Charge, Dispute, Refund
from streams.stores.stripe.money import money
from streams.stores.stripe.said import Context, Said

_SUCCEEDED = "succeeded"
_UNDONE = frozenset({"failed", "canceled"})


def read_refund(context: Context) -> Said:
    """Counts when it succeeded; a pending one may still fail, weeks later."""
    refund = context.read(Refund)
    if refund.status in _UNDONE:
        return _undone(context, refund)
    refunds = (_refund(refund),) if refund.status == _SUCCEEDED else ()
    return _said(context, refund, refunds)


def read_failed_refund(context: Context) -> Said:
    return _undone(context, context.read(Refund))


def _undone(context: Context, refund: Refund) -> Said:
    """The money came again, if the refund had counted."""
    said = _said(context, refund, (_refund(refund, reversed_at=context.occurred_at),))
    return replace(said, signal=Signal.REFUND_REVERSED)


def read_refunded_charge(context: Context) -> Said:
    """With its list of refunds (the old shape) as good as their own events; its sum alone is not."""
    charge = context.read(Charge)
    listed = charge.refunds.data if charge.refunds else ()
    refunds = tuple(_refund(refund, of=charge) for refund in listed if refund.status == _SUCCEEDED)
    return Said(
        signal=context.signal if refunds else Signal.NOTED,
        purchase_id=charge.payment_intent or charge.id,
        snapshot=Snapshot(refunds=refunds),
    )


def read_dispute(context: Context) -> Said:
    """Nothing moves before funds are withdrawn."""
    return _said(context, context.read(Dispute), ())


def read_withdrawn(context: Context) -> Said:
    dispute = context.read(Dispute)
    return _said(context, dispute, (_disputed(dispute, context.occurred_at),))


def read_reinstated(context: Context) -> Said:
    dispute = context.read(Dispute)
    return _said(context, dispute, (_disputed(dispute, context.occurred_at, back=True),))


def _said(context: Context, about: Refund | Dispute, refunds: tuple[snapshot.Refund, ...]) -> Said:
    return Said(
        signal=context.signal if refunds else Signal.NOTED,
        purchase_id=about.payment_intent or about.charge or NO_PURCHASE,
        snapshot=Snapshot(refunds=refunds),
    )


def _refund(
    refund: Refund, *, of: Charge | None = None, reversed_at: datetime | None = None
) -> snapshot.Refund:
    payments = (
        refund.payment_intent or (of.payment_intent if of else None),
        refund.charge or (of.id if of else None),
    )
    return snapshot.Refund(
        refund_id=refund.id,
        refs=tuple(payment for payment in payments if payment is not None),
        refunded_at=reversed_at or at_seconds(refund.created),
        amount=money(refund.amount, refund.currency),
        reversed=reversed_at is not None,
    )


def _disputed(dispute: Dispute, at: datetime, *, back: bool = False) -> snapshot.Refund:
    payments = (dispute.payment_intent, dispute.charge)
    return snapshot.Refund(
        refund_id=dispute.id,
        refs=tuple(payment for payment in payments if payment is not None),
        refunded_at=at,
        amount=money(dispute.amount, dispute.currency),
        reversed=back,
    )
