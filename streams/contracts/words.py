"""Closed sets of words. A vendor's words stay strings until a store's table maps them to these."""

from enum import StrEnum


class Environment(StrEnum):
    PRODUCTION = "PRODUCTION"
    SANDBOX = "SANDBOX"


class Origin(StrEnum):
    """Where a record comes from; only NOTIFICATION may move "Last received"."""

    NOTIFICATION = "notification"
    REFRESH = "refresh"
    BACKFILL = "backfill"
    IMPORT = "import"
    PARKED = "parked"
    POST = "post"
    REPLAY = "replay"  # an operator sent what was kept through the path again


class PeriodType(StrEnum):
    NORMAL = "NORMAL"
    TRIAL = "TRIAL"
    INTRO = "INTRO"
    PROMOTIONAL = "PROMOTIONAL"
    PREPAID = "PREPAID"


class Reason(StrEnum):
    """Why renewal or access ended: RevenueCat's cancel_reason and expiration_reason."""

    UNSUBSCRIBE = "UNSUBSCRIBE"
    BILLING_ERROR = "BILLING_ERROR"
    DEVELOPER_INITIATED = "DEVELOPER_INITIATED"
    PRICE_INCREASE = "PRICE_INCREASE"
    CUSTOMER_SUPPORT = "CUSTOMER_SUPPORT"
    SUBSCRIPTION_PAUSED = "SUBSCRIPTION_PAUSED"
    UNKNOWN = "UNKNOWN"


class Access(StrEnum):
    """What the store says of a period at one moment."""

    ACTIVE = "active"
    GRACE = "grace"  # charge failed, access goes on; grace_expires_at None: without an end
    RETRY = "retry"  # charge failed, no access, the store tries on
    PAUSED = "paused"
    EXPIRED = "expired"
    REVOKED = "revoked"

    @property
    def ended(self) -> bool:
        return self in {Access.RETRY, Access.PAUSED, Access.EXPIRED, Access.REVOKED}

    @property
    def failing(self) -> bool:
        return self in {Access.GRACE, Access.RETRY}


class Consent(StrEnum):
    """Where a higher price stands that the customer has to agree to."""

    ASKED = "asked"
    GIVEN = "given"


class TransactionKind(StrEnum):
    INITIAL = "initial"  # first period of the purchase, by the message's own facts
    RENEWAL = "renewal"  # any later one: regular, recovery, resubscribe, immediate product change
    ONE_TIME = "one_time"


class Signal(StrEnum):
    """What a message announces, in one vocabulary. The difference decides; this explains."""

    PURCHASED = "purchased"
    RESUBSCRIBED = "resubscribed"
    RENEWED = "renewed"
    RECOVERED = "recovered"
    RENEWAL_OFF = "renewal_off"
    RENEWAL_ON = "renewal_on"
    PRODUCT_CHANGED = "product_changed"
    PRODUCT_CHANGE_SCHEDULED = "product_change_scheduled"
    PRODUCT_CHANGE_WITHDRAWN = "product_change_withdrawn"
    OFFER_REDEEMED = "offer_redeemed"
    BILLING_FAILED = "billing_failed"
    GRACE_STARTED = "grace_started"
    GRACE_ENDED = "grace_ended"
    EXPIRED = "expired"
    EXPIRED_BILLING = "expired_billing"
    EXPIRED_PRICE_INCREASE = "expired_price_increase"
    EXPIRED_NOT_FOR_SALE = "expired_not_for_sale"
    REFUNDED = "refunded"
    REFUND_REVERSED = "refund_reversed"
    REFUND_DECLINED = "refund_declined"
    REFUND_REQUESTED = "refund_requested"
    REVOKED = "revoked"
    ONE_TIME_PURCHASED = "one_time_purchased"
    PRICE_INCREASE_ASKED = "price_increase_asked"
    PRICE_INCREASE_ACCEPTED = "price_increase_accepted"
    EXTENDED = "extended"
    PAUSE_SCHEDULED = "pause_scheduled"
    PAUSED = "paused"
    RESUMED = "resumed"
    INVOICE_ISSUED = "invoice_issued"
    STATE_CHANGED = "state_changed"  # a store's "updated": look at the difference
    LOOKED_UP = "looked_up"  # an observation of refresh or import
    TEST = "test"
    NOTED = "noted"  # decoded and kept; nothing of a purchase moves
    UNKNOWN = "unknown"  # a word that the store's table lacks
