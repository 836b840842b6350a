"""The revenue that an integration is told, in USD: which events carry it, its sign, and whose share.

Trials are 0, purchases and renewals positive, refunds negative. No revenue is told where no money
moved, and none where the price is not known: a missing sum can be seen, a wrong one can't.
"""

from enum import StrEnum

from sinks.destinations.options import OptionReader
from streams.contracts.event import Event, EventType
from streams.contracts.money import MICROS, half_up
from streams.contracts.words import PeriodType, Reason

_WHOLE = 10_000  # basis points
_PAID = frozenset(
    {
        EventType.INITIAL_PURCHASE,
        EventType.RENEWAL,
        EventType.NON_RENEWING_PURCHASE,
        EventType.REFUND_REVERSED,
    }
)


class Reporting(StrEnum):
    """What of the price is revenue (RevenueCat's sales reporting modes)."""

    GROSS = "gross"
    AFTER_COMMISSION = "after_commission"
    AFTER_COMMISSION_AND_TAXES = "after_commission_and_taxes"


def read_reporting(options: OptionReader) -> Reporting:
    return Reporting(options.word("revenue", Reporting.GROSS, Reporting))


def is_refund(event: Event) -> bool:
    """Money went back; other cancellations move none."""
    refunded = event.refund_id is not None or event.cancel_reason is Reason.CUSTOMER_SUPPORT
    return event.type is EventType.CANCELLATION and refunded


def revenue_micros(event: Event, reporting: Reporting) -> int | None:
    """Micros of USD; None: none moved, or nobody knows how much.

    A share that the store does not tell is taken for none, as RevenueCat takes it.
    """
    if event.type not in _PAID and not is_refund(event):
        return None
    if event.price_usd_micros is None:
        return 0 if event.period_type is PeriodType.TRIAL else None
    return half_up(event.price_usd_micros * _kept(event, reporting), _WHOLE)


def revenue(event: Event, reporting: Reporting) -> float | None:
    """As `revenue_micros`, in USD: a double, as every vendor's JSON has it."""
    micros = revenue_micros(event, reporting)
    return None if micros is None else micros / MICROS


def _kept(event: Event, reporting: Reporting) -> int:
    commission, tax = event.commission_bp or 0, event.tax_bp or 0
    match reporting:
        case Reporting.GROSS:
            return _WHOLE
        case Reporting.AFTER_COMMISSION:
            return _WHOLE - commission
        case Reporting.AFTER_COMMISSION_AND_TAXES:
            return _WHOLE - commission - tax
