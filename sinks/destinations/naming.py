"""What an integration calls an event: RevenueCat's default names, each editable, blank for off."""

from collections.abc import Mapping
from dataclasses import dataclass

from sinks.destinations.options import OptionReader
from streams.contracts.event import Event, EventType
from streams.contracts.words import PeriodType

# The words of option `event_names`. RevenueCat sends the last six to no integration, so they are
# off until somebody names them. TRANSFER has no word: these vendors get none of it.
NAMES: Mapping[str, str] = {
    "trial_started": "rc_trial_started_event",
    "initial_purchase": "rc_initial_purchase_event",
    "trial_converted": "rc_trial_converted_event",
    "renewal": "rc_renewal_event",
    "trial_cancelled": "rc_trial_cancelled_event",
    "cancellation": "rc_cancellation_event",
    "uncancellation": "rc_uncancellation_event",
    "non_subscription_purchase": "rc_non_subscription_purchase_event",
    "subscription_paused": "rc_subscription_paused_event",
    "expiration": "rc_expiration_event",
    "billing_issue": "rc_billing_issue_event",
    "product_change": "rc_product_change_event",
    "test": "rc_test_event",
    "subscription_extended": "",
    "temporary_entitlement_grant": "",
    "refund_reversed": "",
    "invoice_issuance": "",
    "price_increase_consent_required": "",
    "price_increase_consent_approved": "",
}
_IN_TRIAL = {
    EventType.INITIAL_PURCHASE: "trial_started",
    EventType.CANCELLATION: "trial_cancelled",
}
_OTHERS = {EventType.NON_RENEWING_PURCHASE: "non_subscription_purchase"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """`told`: by the words of NAMES."""

    told: Mapping[str, str]

    def of(self, event: Event) -> str:
        """The event's name; "" when it is off."""
        return self.told.get(word_of(event), "")


def word_of(event: Event) -> str:
    """Which of NAMES an event is; a word that is none of them for what has no name."""
    if event.period_type is PeriodType.TRIAL and event.type in _IN_TRIAL:
        return _IN_TRIAL[event.type]
    if event.type is EventType.RENEWAL and event.is_trial_conversion:
        return "trial_converted"
    return _OTHERS.get(event.type, event.type.lower())


def read_names(options: OptionReader, defaults: Mapping[str, str] = NAMES) -> Names:
    """Raise ConfigError for a word that no event has, or a name that is no text."""
    return Names(told=options.texts("event_names", defaults))
