"""Google Play's numbers in our words. 14 to 16 and 21 are unused by Google."""

from typing import NamedTuple

from streams.contracts.words import Signal
from streams.stores.play_store.messages import (
    Member,
    OneTime,
    PendingRefund,
    Subscription,
    Test,
    Voided,
)


class Word(NamedTuple):
    """Google's name of a number, and ours."""

    name: str
    signal: Signal


SUBSCRIPTION = {
    1: Word("SUBSCRIPTION_RECOVERED", Signal.RECOVERED),
    2: Word("SUBSCRIPTION_RENEWED", Signal.RENEWED),
    3: Word("SUBSCRIPTION_CANCELED", Signal.RENEWAL_OFF),
    4: Word("SUBSCRIPTION_PURCHASED", Signal.PURCHASED),
    5: Word("SUBSCRIPTION_ON_HOLD", Signal.BILLING_FAILED),
    6: Word("SUBSCRIPTION_IN_GRACE_PERIOD", Signal.GRACE_STARTED),
    7: Word("SUBSCRIPTION_RESTARTED", Signal.RENEWAL_ON),
    8: Word("SUBSCRIPTION_PRICE_CHANGE_CONFIRMED", Signal.PRICE_INCREASE_ACCEPTED),
    9: Word("SUBSCRIPTION_DEFERRED", Signal.EXTENDED),
    10: Word("SUBSCRIPTION_PAUSED", Signal.PAUSED),
    11: Word("SUBSCRIPTION_PAUSE_SCHEDULE_CHANGED", Signal.PAUSE_SCHEDULED),
    12: Word("SUBSCRIPTION_REVOKED", Signal.REVOKED),
    13: Word("SUBSCRIPTION_EXPIRED", Signal.EXPIRED),
    17: Word("SUBSCRIPTION_ITEMS_CHANGED", Signal.PRODUCT_CHANGED),
    18: Word("SUBSCRIPTION_CANCELLATION_SCHEDULED", Signal.RENEWAL_OFF),
    19: Word("SUBSCRIPTION_PRICE_CHANGE_UPDATED", Signal.STATE_CHANGED),
    20: Word("SUBSCRIPTION_PENDING_PURCHASE_CANCELED", Signal.NOTED),
    22: Word("SUBSCRIPTION_PRICE_STEP_UP_CONSENT_UPDATED", Signal.STATE_CHANGED),
}
ONE_TIME = {
    1: Word("ONE_TIME_PRODUCT_PURCHASED", Signal.ONE_TIME_PURCHASED),
    2: Word("ONE_TIME_PRODUCT_CANCELED", Signal.NOTED),  # a pending purchase that never was one
}
VOIDED = Word("VOIDED_PURCHASE", Signal.REFUNDED)
PENDING_REFUND = Word("PENDING_REFUND_REVIEW", Signal.REFUND_REQUESTED)
TEST = Word("TEST", Signal.TEST)


def word_of(member: Member | str) -> Word:
    """Signal.UNKNOWN for a number or a member that the tables lack; its own name is kept."""
    match member:
        case Subscription(notification_type=number):
            return SUBSCRIPTION.get(number, Word(f"SUBSCRIPTION_{number}", Signal.UNKNOWN))
        case OneTime(notification_type=number):
            return ONE_TIME.get(number, Word(f"ONE_TIME_PRODUCT_{number}", Signal.UNKNOWN))
        case Voided():
            return VOIDED
        case PendingRefund():
            return PENDING_REFUND
        case Test():
            return TEST
        case str():
            return Word(member, Signal.UNKNOWN)
