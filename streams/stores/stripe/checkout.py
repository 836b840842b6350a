"""Checkout Sessions: a subscription's joins it to a customer, a payment's sells products once.

The event of a payment names neither products nor amounts, so it points at the session: its line items,
and the fee of its payment, are the API's to tell. The purchase is the session; its payment is another
name of it, by which a refund finds it. `completed` without money is a bank debit that is still on its
way: `async_payment_succeeded` follows.
"""

from msgspec import Struct

from streams.contracts.ids import NO_PURCHASE
from streams.contracts.money import Money, half_up
from streams.contracts.snapshot import Snapshot, Transaction
from streams.contracts.words import Signal, TransactionKind
from streams.stores.moments import at_seconds
from streams.stores.stripe.events import Price
from streams.stores.stripe.money import money
from streams.stores.stripe.said import Context, Link, Said, identities
from streams.stores.stripe.schedules import product_of

_PAYMENT = "payment"
_PAID = frozenset({"paid", "no_payment_required"})
_UNNAMED = "checkout"  # product of a line without a price


class Session(Struct, frozen=True, kw_only=True):
    """As an event shows it."""

    id: str = ""
    mode: str | None = None
    payment_status: str | None = None
    subscription: str | None = None
    customer: str | None = None
    metadata: dict[str, str] | None = None

    @property
    def is_payment(self) -> bool:
        return self.mode == _PAYMENT

    @property
    def is_paid(self) -> bool:
        return self.payment_status in _PAID


class BalanceTransaction(Struct, frozen=True, kw_only=True):
    """`fee`: what Stripe kept, in the currency of the account's balance."""

    fee: int
    currency: str


class Charge(Struct, frozen=True, kw_only=True):
    created: int
    balance_transaction: BalanceTransaction | str | None = None


class Intent(Struct, frozen=True, kw_only=True):
    id: str
    latest_charge: Charge | str | None = None


class SoldLine(Struct, frozen=True, kw_only=True):
    """`amount_total`: after discounts, with tax."""

    id: str
    currency: str
    amount_total: int
    amount_tax: int | None = None
    quantity: int | None = None
    price: Price | None = None


class SoldLines(Struct, frozen=True, kw_only=True):
    data: tuple[SoldLine, ...] = ()


class Sold(Session, frozen=True, kw_only=True):
    """As the API answers, its lines and the payment with its charge expanded."""

    created: int
    payment_intent: Intent | str | None = None
    line_items: SoldLines = SoldLines()

    @property
    def charge(self) -> Charge | None:
        intent = self.payment_intent
        found = intent.latest_charge if isinstance(intent, Intent) else None
        return found if isinstance(found, Charge) else None


def read_session(context: Context) -> Said:
    """Of an event. What a payment sold has to be asked for."""
    session = context.read(Session)
    return Said(
        signal=context.signal,
        purchase_id=session.subscription or NO_PURCHASE,
        snapshot=Snapshot(identities=identities(session.customer, session.metadata)),
        ask_for=session.id if session.is_payment and session.is_paid else "",
    )


def read_sold(context: Context) -> Said:
    """Of an answer: a purchase each line; nothing yet while it is not paid."""
    sold = context.read(Sold)
    lines = sold.line_items.data if sold.is_paid else ()
    intent = sold.payment_intent
    payment = intent.id if isinstance(intent, Intent) else intent
    return Said(
        signal=Signal.ONE_TIME_PURCHASED if lines else context.signal,
        purchase_id=sold.id,
        snapshot=Snapshot(
            transactions=tuple(_transaction(line, sold, context) for line in lines),
            identities=identities(sold.customer, sold.metadata),
        ),
        links=(Link(purchase_id=payment, target=sold.id, ref=sold.id),) if payment else (),
    )


def _transaction(line: SoldLine, sold: Sold, context: Context) -> Transaction:
    charge = sold.charge
    return Transaction(
        transaction_id=line.id,
        original_transaction_id=sold.id,
        fact=f"txn/{line.id}",
        kind=TransactionKind.ONE_TIME,
        product_id=product_of(line.price, context) if line.price else _UNNAMED,
        period=line.id,
        purchased_at=at_seconds(charge.created if charge else sold.created),
        expires_at=None,
        price=money(line.amount_total, line.currency),
        tax=None if line.amount_tax is None else money(line.amount_tax, line.currency),
        fee=_fee(line, sold),
        quantity=line.quantity or 1,
        refs=(line.id, sold.id),
    )


def _fee(line: SoldLine, sold: Sold) -> Money | None:
    """Its share of what Stripe kept of the payment, where the balance has the line's currency."""
    told = sold.charge.balance_transaction if sold.charge else None
    total = sum(one.amount_total for one in sold.line_items.data)
    if not isinstance(told, BalanceTransaction) or not total:
        return None
    if told.currency != line.currency:
        return None
    return money(half_up(told.fee * line.amount_total, total), line.currency)
