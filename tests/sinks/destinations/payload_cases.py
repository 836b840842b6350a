"""RevenueCat's shape of an event, and what differs from it by type and by what is known."""

from typing import Any

from streams.contracts.event import EventType
from streams.contracts.words import PeriodType, Reason
from tests.sinks.events import LATER, event_id

BASE: dict[str, Any] = {
    "id": event_id(1),
    "type": "INITIAL_PURCHASE",
    "app_id": "app1a2b",
    "event_timestamp_ms": 1790000003000,
    "app_user_id": "u-42",
    "original_app_user_id": "$RCAnonymousID:0af3",
    "aliases": ["u-42", "$RCAnonymousID:0af3"],
    "subscriber_attributes": {"$email": {"value": "a@b.co", "updated_at_ms": 1789999000000}},
    "experiments": [],
    "product_id": "pro:monthly",
    "entitlement_id": None,
    "entitlement_ids": ["pro"],
    "period_type": "NORMAL",
    "purchased_at_ms": 1790000000000,
    "expiration_at_ms": 1792592000000,
    "store": "PLAY_STORE",
    "environment": "PRODUCTION",
    "presented_offering_id": None,
    "transaction_id": "GPA.1111-2222-3333-44444",
    "original_transaction_id": "GPA.1111-2222-3333-44444",
    "is_family_share": False,
    "country_code": "DE",
    "currency": "EUR",
    "price": 8.7,
    "price_in_purchased_currency": 7.99,
    "tax_percentage": 0.1597,
    "commission_percentage": 0.126,
    "takehome_percentage": 0.85,
    "offer_code": None,
    "renewal_number": 1,
    "metadata": None,
}
FREE = {"price": 0, "price_in_purchased_currency": 0}
ABSENT = object()

# What differs from BASE: the event's own fields, and RevenueCat's delta for it.
DELTAS: dict[str, tuple[EventType, dict[str, Any], dict[str, Any]]] = {
    "initial purchase": (EventType.INITIAL_PURCHASE, {}, {}),
    "trial": (
        EventType.INITIAL_PURCHASE,
        {"period_type": PeriodType.TRIAL, "price_micros": 0, "price_usd_micros": 0},
        {"period_type": "TRIAL", **FREE},
    ),
    "trial whose price the store left out": (
        EventType.INITIAL_PURCHASE,
        {"period_type": PeriodType.TRIAL, "price_micros": None, "price_usd_micros": None},
        {"period_type": "TRIAL", **FREE},
    ),
    "purchase in a currency without a rate": (
        EventType.INITIAL_PURCHASE,
        {"price_usd_micros": None, "rate_usd_micros": None, "rate_day": None},
        {"price": None},
    ),
    "renewal": (
        EventType.RENEWAL,
        {"renewal_number": 2, "is_trial_conversion": False, "transaction_id": "GPA.4..0"},
        {"is_trial_conversion": False, "renewal_number": 2, "transaction_id": "GPA.4..0"},
    ),
    "trial conversion": (
        EventType.RENEWAL,
        {"renewal_number": 2, "is_trial_conversion": True},
        {"is_trial_conversion": True, "renewal_number": 2},
    ),
    "cancellation by the user": (
        EventType.CANCELLATION,
        {"cancel_reason": Reason.UNSUBSCRIBE},
        {"cancel_reason": "UNSUBSCRIBE", **FREE},
    ),
    "cancellation without a reason": (
        EventType.CANCELLATION,
        {},
        {"cancel_reason": "UNKNOWN", **FREE},
    ),
    "refund": (
        EventType.CANCELLATION,
        {
            "cancel_reason": Reason.CUSTOMER_SUPPORT,
            "refund_id": "rf-1",
            "price_micros": -7_990_000,
            "price_usd_micros": -8_700_000,
        },
        {
            "cancel_reason": "CUSTOMER_SUPPORT",
            "price": -8.7,
            "price_in_purchased_currency": -7.99,
        },
    ),
    "uncancellation": (EventType.UNCANCELLATION, {}, FREE),
    "one-time purchase": (
        EventType.NON_RENEWING_PURCHASE,
        {"product_id": "coins_2100", "expires_at": None, "period_type": None},
        {"product_id": "coins_2100", "expiration_at_ms": None, "period_type": "NORMAL"},
    ),
    "grant": (
        EventType.NON_RENEWING_PURCHASE,
        {
            "store_name": "PROMOTIONAL",
            "period_type": PeriodType.PROMOTIONAL,
            "product_id": "rc_promo_pro_monthly",
        },
        {
            "store": "PROMOTIONAL",
            "period_type": "PROMOTIONAL",
            "product_id": "rc_promo_pro_monthly",
            "app_id": ABSENT,
        },
    ),
    "pause": (
        EventType.SUBSCRIPTION_PAUSED,
        {"auto_resume_at": LATER},
        {"auto_resume_at_ms": 1792592000000, **FREE},
    ),
    "expiration": (
        EventType.EXPIRATION,
        {"expiration_reason": Reason.BILLING_ERROR, "occurred_at": LATER},
        {"expiration_reason": "BILLING_ERROR", **FREE},
    ),
    "billing issue with grace": (
        EventType.BILLING_ISSUE,
        {"grace_expires_at": LATER},
        {"grace_period_expiration_at_ms": 1792592000000, **FREE},
    ),
    "billing issue without grace": (
        EventType.BILLING_ISSUE,
        {},
        {"grace_period_expiration_at_ms": None, **FREE},
    ),
    "product change": (
        EventType.PRODUCT_CHANGE,
        {"new_product_id": "pro:yearly"},
        {"new_product_id": "pro:yearly", **FREE},
    ),
    "product change at once, where no new product is told": (EventType.PRODUCT_CHANGE, {}, FREE),
    "product change of a store that tells no new product": (
        EventType.PRODUCT_CHANGE,
        {"new_product_id": "pro:yearly", "store_name": "STRIPE"},
        {"store": "STRIPE", **FREE},
    ),
    "extension": (EventType.SUBSCRIPTION_EXTENDED, {}, FREE),
    "refund reversed": (
        EventType.REFUND_REVERSED,
        {"store_name": "APP_STORE", "renewal_number": 3},
        {"store": "APP_STORE", "renewal_number": 3},
    ),
    "invoice": (
        EventType.INVOICE_ISSUANCE,
        {"store_name": "RC_BILLING", "price_micros": 9_000_000},
        {
            "store": "RC_BILLING",
            "period_type": None,
            "price": ABSENT,
            "price_in_purchased_currency": 9.0,
            "expiration_at_ms": None,
            "transaction_id": None,
            "original_transaction_id": None,
            "entitlement_ids": None,
            "tax_percentage": None,
            "commission_percentage": None,
            "takehome_percentage": None,
            "renewal_number": None,
        },
    ),
    "product that maps to no entitlement": (
        EventType.RENEWAL,
        {"entitlement_ids": ()},
        {"entitlement_ids": None, "is_trial_conversion": False},
    ),
    "price and shares unknown": (
        EventType.RENEWAL,
        {
            "price_micros": None,
            "price_usd_micros": None,
            "currency": None,
            "tax_bp": None,
            "commission_bp": None,
        },
        {
            "is_trial_conversion": False,
            "price": None,
            "price_in_purchased_currency": None,
            "currency": None,
            "tax_percentage": None,
            "commission_percentage": None,
            "takehome_percentage": None,
        },
    ),
    "test": (EventType.TEST, {}, FREE),
}
