"""The App Store's words in ours: every type and subtype of Server Notifications V2."""

from collections.abc import Mapping

from streams.contracts.words import Signal
from streams.stores.app_store.claims import Message

SIGNALS: Mapping[tuple[str, str], Signal] = {
    ("SUBSCRIBED", "INITIAL_BUY"): Signal.PURCHASED,
    ("SUBSCRIBED", "RESUBSCRIBE"): Signal.RESUBSCRIBED,
    ("DID_RENEW", ""): Signal.RENEWED,
    ("DID_RENEW", "BILLING_RECOVERY"): Signal.RECOVERED,
    ("DID_CHANGE_RENEWAL_PREF", "UPGRADE"): Signal.PRODUCT_CHANGED,
    ("DID_CHANGE_RENEWAL_PREF", "DOWNGRADE"): Signal.PRODUCT_CHANGE_SCHEDULED,
    ("DID_CHANGE_RENEWAL_PREF", ""): Signal.PRODUCT_CHANGE_WITHDRAWN,
    ("DID_CHANGE_RENEWAL_STATUS", "AUTO_RENEW_ENABLED"): Signal.RENEWAL_ON,
    ("DID_CHANGE_RENEWAL_STATUS", "AUTO_RENEW_DISABLED"): Signal.RENEWAL_OFF,
    ("OFFER_REDEEMED", ""): Signal.OFFER_REDEEMED,
    ("OFFER_REDEEMED", "UPGRADE"): Signal.PRODUCT_CHANGED,
    ("OFFER_REDEEMED", "DOWNGRADE"): Signal.PRODUCT_CHANGE_SCHEDULED,
    ("OFFER_REDEEMED", "INITIAL_BUY"): Signal.PURCHASED,  # until January 2024
    ("OFFER_REDEEMED", "RESUBSCRIBE"): Signal.RESUBSCRIBED,  # until January 2024
    ("DID_FAIL_TO_RENEW", ""): Signal.BILLING_FAILED,
    ("DID_FAIL_TO_RENEW", "GRACE_PERIOD"): Signal.GRACE_STARTED,
    ("GRACE_PERIOD_EXPIRED", ""): Signal.GRACE_ENDED,
    ("EXPIRED", "VOLUNTARY"): Signal.EXPIRED,
    ("EXPIRED", "BILLING_RETRY"): Signal.EXPIRED_BILLING,
    ("EXPIRED", "PRICE_INCREASE"): Signal.EXPIRED_PRICE_INCREASE,
    ("EXPIRED", "PRODUCT_NOT_FOR_SALE"): Signal.EXPIRED_NOT_FOR_SALE,
    ("EXPIRED", ""): Signal.EXPIRED,  # sharpened by the renewal info, below
    ("PRICE_INCREASE", "PENDING"): Signal.PRICE_INCREASE_ASKED,
    ("PRICE_INCREASE", "ACCEPTED"): Signal.PRICE_INCREASE_ACCEPTED,
    ("REFUND", ""): Signal.REFUNDED,
    ("REFUND_DECLINED", ""): Signal.REFUND_DECLINED,
    ("REFUND_REVERSED", ""): Signal.REFUND_REVERSED,
    ("CONSUMPTION_REQUEST", ""): Signal.REFUND_REQUESTED,
    ("RENEWAL_EXTENDED", ""): Signal.EXTENDED,
    ("RENEWAL_EXTENSION", "SUMMARY"): Signal.NOTED,
    ("RENEWAL_EXTENSION", "FAILURE"): Signal.NOTED,
    ("REVOKE", ""): Signal.REVOKED,
    ("ONE_TIME_CHARGE", ""): Signal.ONE_TIME_PURCHASED,
    ("EXTERNAL_PURCHASE_TOKEN", "CREATED"): Signal.NOTED,
    ("EXTERNAL_PURCHASE_TOKEN", "ACTIVE_TOKEN_REMINDER"): Signal.NOTED,
    ("EXTERNAL_PURCHASE_TOKEN", "UNREPORTED"): Signal.NOTED,
    ("RESCIND_CONSENT", ""): Signal.NOTED,
    ("METADATA_UPDATE", ""): Signal.NOTED,
    ("MIGRATION", ""): Signal.NOTED,
    ("MIGRATE", ""): Signal.NOTED,  # Apple's change log and its library differ
    ("PRICE_CHANGE", ""): Signal.NOTED,
    ("TEST", ""): Signal.TEST,
}
# Why it expired, when only the renewal info says so (expirationIntent).
_EXPIRED_BY_INTENT = {
    2: Signal.EXPIRED_BILLING,
    3: Signal.EXPIRED_PRICE_INCREASE,
    4: Signal.EXPIRED_NOT_FOR_SALE,
}


def signal_of(message: Message) -> Signal:
    """Signal.UNKNOWN for a type or subtype that the table lacks."""
    outer, renewal = message.outer, message.renewal
    signal = SIGNALS.get((outer.notification_type, outer.subtype), Signal.UNKNOWN)
    if signal is Signal.EXPIRED and not outer.subtype and renewal is not None:
        return _EXPIRED_BY_INTENT.get(renewal.expiration_intent or 0, signal)
    return signal
