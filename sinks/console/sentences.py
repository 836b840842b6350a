"""What happened, as one English sentence about the customer: the words of RevenueCat's history. Pure.

Every event type has one; where a type stands for several things (a CANCELLATION is a switch of
renewal, a failed charge or a refund) its fields say which. Texts of stores are not escaped here:
pages do that.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sinks.console.told import Told
from streams.contracts.event import EventType
from streams.contracts.money import MICROS
from streams.contracts.words import PeriodType, Reason, Signal

_NAMELESS = "a product"
_WHY_CANCELLED = {
    Reason.UNSUBSCRIBE: "Opted out of renewal",
    Reason.BILLING_ERROR: "Cancelled due to a billing error",
    Reason.PRICE_INCREASE: "Cancelled due to not agreeing to a price increase",
    Reason.DEVELOPER_INITIATED: "Was cancelled by the developer",
    Reason.SUBSCRIPTION_PAUSED: "Cancelled due to a pause",
    Reason.UNKNOWN: "Cancelled due to unknown reasons",
}
_WHY_ENDED = {
    Reason.UNSUBSCRIBE: "after opting out of renewal",
    Reason.BILLING_ERROR: "due to a billing error",
    Reason.PRICE_INCREASE: "due to not agreeing to a price increase",
    Reason.DEVELOPER_INITIATED: "by the developer",
    Reason.CUSTOMER_SUPPORT: "after a refund",
    Reason.SUBSCRIPTION_PAUSED: "for a pause",
    Reason.UNKNOWN: "for unknown reasons",
}


def sentence(told: Told) -> str:
    """It ends with a full stop. A type of a newer writer is named, not hidden."""
    words = _SENTENCES.get(told.type)
    return (
        f"{words(told)}." if words else f"An event {told.type}, for which there are no words yet."
    )


def money(micros: int | None, currency: str) -> str:
    """Like "4.99 EUR", whole amounts without decimals; "an unknown price" when it is not known."""
    if micros is None or not currency:
        return "an unknown price"
    sign, (whole, part) = "-" if micros < 0 else "", divmod(abs(micros), MICROS)
    decimals = f"{part:06d}".rstrip("0").ljust(2, "0") if part else ""
    return f"{sign}{whole:,}{'.' if decimals else ''}{decimals} {currency}"


def _started(told: Told) -> str:
    product = _product(told)
    if told.is_family_share:
        return f"Got {product} through family sharing{_until(told.expires_at)}"
    match told.period_type:
        case PeriodType.TRIAL:
            return f"Started a trial of {product}{_until(told.expires_at)}"
        case PeriodType.INTRO:
            return f"Started a subscription to {product} at an introductory price,{_paid(told)}"
        case PeriodType.PREPAID:
            return f"Bought a prepaid period of {product}{_paid(told)}{_until(told.expires_at)}"
        case PeriodType.PROMOTIONAL:
            return _granted(told)
        case _:
            return f"Started a subscription to {product}{_paid(told)}"


def _renewed(told: Told) -> str:
    if told.is_trial_conversion:
        return f"Converted from a trial of {_product(told)}{_paid(told)}"
    first = {
        Signal.RESUBSCRIBED.value: "Resubscribed to",
        Signal.RECOVERED.value: "Recovered from a billing issue and renewed",
    }.get(told.signal, "Renewed")
    return f"{first} {_product(told)}{_paid(told)}{_until(told.expires_at)}"


def _cancelled(told: Told) -> str:
    product = _product(told)
    if told.refund_id or told.reason == Reason.CUSTOMER_SUPPORT:
        return f"Was issued a refund{_of(_back(told))} for {product}"
    if told.period_type == PeriodType.PROMOTIONAL:
        return f"Had {_entitlement(told)} removed, which had been granted"
    why = _WHY_CANCELLED.get(_reason(told), _WHY_CANCELLED[Reason.UNKNOWN])
    return f"{why}: {product}{_until(told.expires_at)}"


def _uncancelled(told: Told) -> str:
    if told.signal == Signal.RESUMED:
        return f"Resumed {_product(told)}{_until(told.expires_at)}"
    return f"Resubscribed: turned renewal of {_product(told)} back on"


def _bought(told: Told) -> str:
    if told.period_type == PeriodType.PROMOTIONAL:
        return _granted(told)
    return f"Made a purchase: {_product(told)}{_paid(told)}"


def _paused(told: Told) -> str:
    resumes = f", to resume on {_day(told.auto_resume_at)}" if told.auto_resume_at else ""
    begins = f" on {_day(told.expires_at)}" if told.expires_at else " when its period ends"
    return f"Chose to pause {_product(told)}{begins}{resumes}"


def _expired(told: Told) -> str:
    why = _WHY_ENDED.get(_reason(told), _WHY_ENDED[Reason.UNKNOWN])
    return f"Lost access to {_product(told)} {why}"


def _billing_issue(told: Told) -> str:
    grace = _until(told.grace_expires_at, "; in grace until")
    return f"Had a billing issue with {_product(told)}{grace or '; no grace period'}"


def _changed(told: Told) -> str:
    target = told.new_product_id or "another product"
    return f"Changed renewal preference from {_product(told)} to {target}"


def _known_as(ids: tuple[str, ...]) -> str:
    """By the first of their names."""
    first, *others = ids
    return f"{first} (also {', '.join(others)})" if others else first


def _transferred(told: Told) -> str:
    givers, takers = (
        _known_as(ids) if ids else "nobody" for ids in (told.transferred_from, told.transferred_to)
    )
    return f"Purchases were transferred from {givers} to {takers}"


def _extended(told: Told) -> str:
    return f"Had {_product(told)} extended{_until(told.expires_at, ' until')}"


def _granted_for_now(told: Told) -> str:
    return f"Was granted {_entitlement(told)} for now, while the store can't be asked{_until(told.expires_at)}"


def _reversed(told: Told) -> str:
    return f"Had a refund{_of(_back(told))} for {_product(told)} reversed"


def _invoiced(told: Told) -> str:
    return f"Was issued an invoice{_of(_back(told))} for {_product(told)}"


def _asked_to_agree(told: Told) -> str:
    return f"Was asked to agree to a higher price of {_product(told)}"


def _agreed(told: Told) -> str:
    return f"Agreed to a higher price of {_product(told)}"


def _tested(told: Told) -> str:  # noqa: ARG001 - as all the others
    return "A test event was sent"


_SENTENCES: Mapping[str, Callable[[Told], str]] = {
    EventType.TEST.value: _tested,
    EventType.INITIAL_PURCHASE.value: _started,
    EventType.RENEWAL.value: _renewed,
    EventType.CANCELLATION.value: _cancelled,
    EventType.UNCANCELLATION.value: _uncancelled,
    EventType.NON_RENEWING_PURCHASE.value: _bought,
    EventType.SUBSCRIPTION_PAUSED.value: _paused,
    EventType.EXPIRATION.value: _expired,
    EventType.BILLING_ISSUE.value: _billing_issue,
    EventType.PRODUCT_CHANGE.value: _changed,
    EventType.TRANSFER.value: _transferred,
    EventType.SUBSCRIPTION_EXTENDED.value: _extended,
    EventType.TEMPORARY_ENTITLEMENT_GRANT.value: _granted_for_now,
    EventType.REFUND_REVERSED.value: _reversed,
    EventType.INVOICE_ISSUANCE.value: _invoiced,
    EventType.PRICE_INCREASE_CONSENT_REQUIRED.value: _asked_to_agree,
    EventType.PRICE_INCREASE_CONSENT_APPROVED.value: _agreed,
}


def _product(told: Told) -> str:
    return told.product_id or _NAMELESS


def _entitlement(told: Told) -> str:
    names = " and ".join(told.entitlement_ids)
    return f"the entitlement {names}" if names else _product(told)


def _granted(told: Told) -> str:
    return f"Was granted {_entitlement(told)}{_until(told.expires_at)}"


def _reason(told: Told) -> Reason:
    return Reason(told.reason) if told.reason in set(Reason) else Reason.UNKNOWN


def _paid(told: Told) -> str:
    """Nothing where nothing was to be paid."""
    return "" if told.price_micros == 0 else f" for {money(told.price_micros, told.currency)}"


def _back(told: Told) -> str:
    """An amount that went back or is asked for, without its sign; empty when it is not known."""
    known = told.price_micros is not None and bool(told.currency)
    return money(abs(told.price_micros or 0), told.currency) if known else ""


def _of(amount: str) -> str:
    return f" of {amount}" if amount else ""


def _until(at: datetime | None, words: str = ", until") -> str:
    return f"{words} {_day(at)}" if at else ""


def _day(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}" if at else ""
