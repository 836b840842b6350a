"""A `customer.subscription.updated` with every member that Stripe sends, pretty-printed as it is posted.

Most of it is null or empty, and all of it costs whoever builds an object of each.
"""

from datetime import datetime
from typing import Any

import orjson

Object = dict[str, Any]
_MONTH = 2_592_000  # seconds


def event_body(now: datetime) -> bytes:
    at = int(now.timestamp())
    event = {
        "id": "evt_1QyZ8fLkdIwHu7ix2bR3cD4e",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": at,
        "data": {
            "object": _subscription(at),
            "previous_attributes": {
                "cancel_at": None,
                "cancel_at_period_end": False,
                "canceled_at": None,
                "cancellation_details": {"reason": None},
            },
        },
        "livemode": True,
        "pending_webhooks": 1,
        "request": {"id": "req_8nT0Zk2LmPq4Rs", "idempotency_key": "5d2f6c1e-3a4b-4c5d-8e9f"},
        "type": "customer.subscription.updated",
    }
    return orjson.dumps(event, option=orjson.OPT_INDENT_2)


_NOTHING: Object = dict.fromkeys(
    (
        *("application", "application_fee_percent", "billing_cycle_anchor_config"),
        *("billing_thresholds", "customer_account", "days_until_due", "default_source"),
        *("description", "ended_at", "next_pending_invoice_item_invoice", "on_behalf_of"),
        *("pause_collection", "pending_invoice_item_interval", "pending_setup_intent"),
        *("pending_update", "schedule", "test_clock", "transfer_data", "trial_end"),
        "trial_start",
    )
)


def _subscription(at: int) -> Object:
    told = {
        "id": "sub_1QyZ7wLkdIwHu7ixPvO4Kx2b",
        "object": "subscription",
        "automatic_tax": {"disabled_reason": None, "enabled": True, "liability": {"type": "self"}},
        "billing_cycle_anchor": at,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
        "cancel_at": at + _MONTH,
        "cancel_at_period_end": True,
        "canceled_at": at,
        "cancellation_details": {
            "comment": None,
            "feedback": "too_expensive",
            "reason": "cancellation_requested",
        },
        "collection_method": "charge_automatically",
        "created": at,
        "currency": "usd",
        "customer": "cus_RrZ1sA2bC3dE4f",
        "default_payment_method": "pm_1QyZ7vLkdIwHu7ixG5hI6jK7",
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": _items(at),
        "latest_invoice": "in_1QyZ7wLkdIwHu7ixL8mN9oP0",
        "livemode": True,
        "metadata": {"app_user_id": "u-42"},
        "payment_settings": _payment_settings(),
        "plan": _plan(at),
        "quantity": 1,
        "start_date": at,
        "status": "active",
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    }
    return told | _NOTHING


def _items(at: int) -> Object:
    return {
        "object": "list",
        "data": [_item(at)],
        "has_more": False,
        "total_count": 1,
        "url": "/v1/subscription_items?subscription=sub_1QyZ7wLkdIwHu7ixPvO4Kx2b",
    }


def _item(at: int) -> Object:
    return {
        "id": "si_RrZ1qR2sT3uV4w",
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": at,
        "current_period_end": at + _MONTH,
        "current_period_start": at,
        "discounts": [],
        "metadata": {},
        "plan": _plan(at),
        "price": _price(at),
        "quantity": 1,
        "subscription": "sub_1QyZ7wLkdIwHu7ixPvO4Kx2b",
        "tax_rates": [],
    }


def _sold(at: int) -> Object:
    """What a plan and a price both have."""
    return {
        "id": "price_1QyZ6uLkdIwHu7ixX5yZ6aB7",
        "active": True,
        "billing_scheme": "per_unit",
        "created": at,
        "currency": "usd",
        "livemode": True,
        "metadata": {},
        "nickname": None,
        "product": "prod_RrZ0cD1eF2gH3i",
        "tiers_mode": None,
    }


def _plan(at: int) -> Object:
    return _sold(at) | {
        "object": "plan",
        "amount": 999,
        "amount_decimal": "999",
        "interval": "month",
        "interval_count": 1,
        "meter": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def _price(at: int) -> Object:
    recurring = {
        "interval": "month",
        "interval_count": 1,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
    return _sold(at) | {
        "object": "price",
        "custom_unit_amount": None,
        "lookup_key": None,
        "recurring": recurring,
        "tax_behavior": "exclusive",
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": 999,
        "unit_amount_decimal": "999",
    }


def _payment_settings() -> Object:
    methods = ("acss_debit", "bancontact", "customer_balance", "konbini", "sepa_debit")
    card = {"network": None, "request_three_d_secure": "automatic"}
    options = dict.fromkeys(methods) | {"card": card, "us_bank_account": None}
    return {
        "payment_method_options": options,
        "payment_method_types": ["card"],
        "save_default_payment_method": "off",
    }
