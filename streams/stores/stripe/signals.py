"""Stripe's event types in our words, and who reads the object of each."""

from collections.abc import Mapping
from typing import NamedTuple

from streams.contracts.words import Signal
from streams.stores.stripe.checkout import read_session
from streams.stores.stripe.invoices import (
    read_failed,
    read_invoice,
    read_invoice_payment,
    read_issued,
    read_paid,
)
from streams.stores.stripe.others import (
    read_credit_note,
    read_nothing,
)
from streams.stores.stripe.payments import (
    read_dispute,
    read_failed_refund,
    read_refund,
    read_refunded_charge,
    read_reinstated,
    read_withdrawn,
)
from streams.stores.stripe.said import Reader
from streams.stores.stripe.schedules import read_schedule
from streams.stores.stripe.subscriptions import read_subscription


class Type(NamedTuple):
    """A reader may sharpen the signal by what the object says."""

    signal: Signal
    read: Reader


_SUBSCRIPTION = "customer.subscription."
UNKNOWN = Type(Signal.UNKNOWN, read_nothing)
TYPES: Mapping[str, Type] = {
    f"{_SUBSCRIPTION}created": Type(Signal.PURCHASED, read_subscription),
    f"{_SUBSCRIPTION}updated": Type(Signal.STATE_CHANGED, read_subscription),
    f"{_SUBSCRIPTION}deleted": Type(Signal.EXPIRED, read_subscription),
    f"{_SUBSCRIPTION}paused": Type(Signal.PAUSED, read_subscription),
    f"{_SUBSCRIPTION}resumed": Type(Signal.RESUMED, read_subscription),
    f"{_SUBSCRIPTION}trial_will_end": Type(Signal.STATE_CHANGED, read_subscription),
    f"{_SUBSCRIPTION}pending_update_applied": Type(Signal.PRODUCT_CHANGED, read_subscription),
    f"{_SUBSCRIPTION}pending_update_expired": Type(Signal.STATE_CHANGED, read_subscription),
    "invoice.paid": Type(Signal.RENEWED, read_paid),
    "invoice.payment_failed": Type(Signal.BILLING_FAILED, read_failed),
    "invoice.finalized": Type(Signal.NOTED, read_issued),
    "invoice.sent": Type(Signal.NOTED, read_issued),
    **dict.fromkeys(
        (
            *("invoice.created", "invoice.finalization_failed", "invoice.payment_succeeded"),
            *("invoice.payment_action_required", "invoice.payment_attempt_required"),
            *("invoice.upcoming", "invoice.updated", "invoice.voided", "invoice.deleted"),
            *("invoice.marked_uncollectible", "invoice.overdue", "invoice.overpaid"),
            "invoice.will_be_due",
        ),
        Type(Signal.NOTED, read_invoice),
    ),
    "invoice_payment.paid": Type(Signal.NOTED, read_invoice_payment),
    **dict.fromkeys(
        ("refund.created", "refund.updated", "charge.refund.updated"),
        Type(Signal.REFUNDED, read_refund),
    ),
    "refund.failed": Type(Signal.REFUND_REVERSED, read_failed_refund),
    "charge.refunded": Type(Signal.REFUNDED, read_refunded_charge),
    "charge.dispute.funds_withdrawn": Type(Signal.REFUNDED, read_withdrawn),
    "charge.dispute.funds_reinstated": Type(Signal.REFUND_REVERSED, read_reinstated),
    **dict.fromkeys(
        ("charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"),
        Type(Signal.NOTED, read_dispute),
    ),
    **dict.fromkeys(
        (
            *("subscription_schedule.created", "subscription_schedule.updated"),
            *("subscription_schedule.released", "subscription_schedule.canceled"),
            *("subscription_schedule.completed", "subscription_schedule.aborted"),
            "subscription_schedule.expiring",
        ),
        Type(Signal.NOTED, read_schedule),
    ),
    **dict.fromkeys(
        (
            *("checkout.session.completed", "checkout.session.expired"),
            *("checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed"),
        ),
        Type(Signal.NOTED, read_session),
    ),
    **dict.fromkeys(
        ("credit_note.created", "credit_note.updated", "credit_note.voided"),
        Type(Signal.NOTED, read_credit_note),
    ),
    **dict.fromkeys(
        (
            *("charge.succeeded", "charge.failed"),
            *("payment_intent.succeeded", "payment_intent.payment_failed"),
            *("customer.deleted", "entitlements.active_entitlement_summary.updated"),
        ),
        Type(Signal.NOTED, read_nothing),
    ),
}
