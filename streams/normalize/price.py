"""What an event's price is: which amount, with which sign, and what it was worth.

Invariant (RevenueCat's): only a purchase, a renewal, a refund and its reversal carry money, so the
sum of `price` over all events is revenue net of refunds. Every other event says 0. What the store
did not tell, or what no rate is known for, is None and never 0.
"""

from dataclasses import dataclass
from enum import StrEnum

from streams.contracts.change import Change
from streams.contracts.money import Money, Rate
from streams.contracts.snapshot import Transaction
from streams.contracts.words import PeriodType
from streams.normalize.money import usd_micros


class Pays(StrEnum):
    """What money an event carries."""

    NOTHING = "nothing"  # 0
    PRICE = "price"  # what the term cost
    REFUND = "refund"  # negative
    REVERSAL = "reversal"  # what was refunded, again
    INVOICE = "invoice"  # asked for, not paid: no price, the local amount alone
    UNSAID = "unsaid"  # the event has no price at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """`rate`: the one used; None when none was known or needed."""

    micros: int | None = None
    currency: str | None = None
    usd: int | None = None
    rate: Rate | None = None


def price_of(pays: Pays, change: Change, rate: Rate | None) -> Price:
    """The event's price; `rate` is the one that the customer keeps with the transaction."""
    match pays:
        case Pays.NOTHING:
            return Price(micros=0, currency=_currency(change), usd=0)
        case Pays.PRICE:
            return _worth(_charged(change.transaction), 1, change, rate)
        case Pays.REFUND:
            return _worth(_returned(change), -1, change, rate)
        case Pays.REVERSAL:
            return _worth(_returned(change), 1, change, rate)
        case Pays.INVOICE:
            return _asked(change)
        case Pays.UNSAID:
            return Price(currency=_currency(change))


def charged_currency(change: Change) -> str | None:
    """The currency that a rate is needed for; None when no money moved or it is not known."""
    money = _returned(change) if change.refund else _charged(change.transaction)
    return money.currency if money and money.micros else None


def _charged(transaction: Transaction | None) -> Money | None:
    """What the term cost. A trial and a family member's share cost nothing, whatever is quoted."""
    if transaction is None:
        return None
    free = transaction.family_share or transaction.period_type is PeriodType.TRIAL
    currency = transaction.price.currency if transaction.price else ""
    return Money(micros=0, currency=currency) if free else transaction.price


def _returned(change: Change) -> Money | None:
    """What went back; a refund that names no amount is of the whole price."""
    if change.refund is not None and change.refund.amount is not None:
        return change.refund.amount
    return _charged(change.transaction)


def _worth(money: Money | None, sign: int, change: Change, rate: Rate | None) -> Price:
    if money is None:
        return Price(currency=_currency(change))
    usd = usd_micros(money, rate)
    return Price(
        micros=sign * money.micros,
        currency=money.currency or None,
        usd=None if usd is None else sign * usd,
        rate=rate if usd else None,
    )


def _asked(change: Change) -> Price:
    if change.amount is None:
        return Price(currency=_currency(change))
    return Price(micros=change.amount.micros, currency=change.amount.currency)


def _currency(change: Change) -> str | None:
    transaction = change.transaction
    return transaction.price.currency if transaction and transaction.price else None
