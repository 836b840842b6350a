"""Which share of a price went to taxes, and which the store kept: RevenueCat's two percentages.

Both are of the price with tax. What the store told with the transaction counts, to the cent; what
it did not tell is estimated, from the country's tax and the store's published fees, whose share is
of the price without tax (so 30 % of a price with 20 % tax is 25 % of it).
"""

from typing import NamedTuple

from streams.contracts.change import Change
from streams.contracts.errors import UnknownAppError
from streams.contracts.fees import Program, Sale, share_of
from streams.contracts.money import Money, half_up
from streams.contracts.project import Project
from streams.contracts.snapshot import Transaction
from streams.contracts.stores import BY_NAME
from streams.contracts.words import TransactionKind
from streams.normalize.taxes import rate_bp, share_of_price

_BP = 10_000


class Shares(NamedTuple):
    """Hundredths of a percent of the price; None: not known."""

    tax_bp: int | None = None
    commission_bp: int | None = None


def shares_of(change: Change, project: Project) -> Shares:
    """Of the term that the change is about, whatever money the change itself carries."""
    sold = change.transaction
    if sold is None:
        return Shares()
    tax_rate = _tax_rate(change, sold)
    tax = _told(sold.tax, sold.price)
    if tax is None and tax_rate is not None:
        tax = share_of_price(tax_rate, tax_rate)
    commission = _told(sold.fee, sold.price)
    if commission is None:
        commission = _estimated(change, sold, tax, project)
    return Shares(tax, commission)


def _tax_rate(change: Change, sold: Transaction) -> int | None:
    if not BY_NAME[change.store].collects_tax:
        return None
    return rate_bp(sold.country, sold.purchased_at.date())


def _told(part: Money | None, price: Money | None) -> int | None:
    """None for a price of 0, which has no shares."""
    if part is None or price is None or not price.micros or part.currency != price.currency:
        return None
    return half_up(part.micros * _BP, price.micros)


def _estimated(change: Change, sold: Transaction, tax: int | None, project: Project) -> int | None:
    """Of the price less tax; all of it where the tax is not known."""
    sale = Sale(
        at=sold.purchased_at,
        one_time=sold.kind is TransactionKind.ONE_TIME,
        paid_days=change.paid_days,
    )
    share = share_of(BY_NAME[change.store].fees, sale, _programs(change, project))
    return None if share is None else half_up(share * (_BP - (tax or 0)), _BP)


def _programs(change: Change, project: Project) -> tuple[Program, ...]:
    """None for an app that was removed: its purchases are still told."""
    try:
        return project.app(change.app_id).store(change.store).programs
    except UnknownAppError:
        return ()
