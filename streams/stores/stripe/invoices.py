"""Events invoice.*: paid periods, and the names by which a payment leads to its subscription.

Only invoice.paid carries money; invoice.payment_succeeded is its twin and does not cover invoices
that were paid outside of Stripe.
"""

from msgspec.structs import replace

from streams.contracts.ids import NO_PURCHASE
from streams.contracts.snapshot import NO_ITEM, Issued, Snapshot, Standing, Transaction
from streams.contracts.words import Signal, TransactionKind
from streams.stores.moments import at_seconds
from streams.stores.stripe.bills import Invoice, InvoicePayment, Line, SubscriptionDetails
from streams.stores.stripe.charges import Charge, charges, is_proration, item_of
from streams.stores.stripe.money import money
from streams.stores.stripe.said import Context, Link, Said, identities

_FIRST = "subscription_create"
_CYCLE = "subscription_cycle"
_UNNAMED = "invoice_item"  # product of a one-off line that has an amount and no price


def read_invoice(context: Context) -> Said:
    """Which subscription it is about; nothing of it moves."""
    invoice = context.read(Invoice)
    return Said(
        signal=context.signal,
        purchase_id=_subscription(invoice) or NO_PURCHASE,
        snapshot=Snapshot(identities=_identities(invoice)),
    )


def read_issued(context: Context) -> Said:
    """An invoice to be paid by the customer's own doing; others are charged by themselves."""
    said = read_invoice(context)
    invoice = context.read(Invoice)
    asked = invoice.collection_method == "send_invoice" and invoice.status == "open"
    issued = _issued(invoice, context) if asked else ()
    return Said(
        signal=Signal.INVOICE_ISSUED if asked else Signal.NOTED,
        purchase_id=said.purchase_id,
        snapshot=replace(said.snapshot, invoices=issued),
    )


def _issued(invoice: Invoice, context: Context) -> tuple[Issued, ...]:
    """One, of the line that charges most; its amount is that of the whole invoice."""
    lines = sorted(invoice.lines.data, key=lambda line: line.amount)
    if invoice.id is None or not lines:
        return ()
    return (
        Issued(
            invoice_id=invoice.id,
            amount=money(invoice.amount_due, invoice.currency),
            issued_at=context.occurred_at,
            product_id=_product(lines[-1], context),
            period=str(lines[-1].period.start),
            item=item_of(lines[-1]) or NO_ITEM,
        ),
    )


def read_failed(context: Context) -> Said:
    """The charge of a new period failed. What becomes of access the subscription says in an event of
    its own, past_due, which may be lost; a first payment that fails starts nothing."""
    said = read_invoice(context)
    invoice = context.read(Invoice)
    begun = invoice.lines.data if invoice.billing_reason == _CYCLE else ()
    standings = tuple(
        Standing(
            period=str(line.period.start),
            item=item,
            product_id=_product(line, context),
            purchased_at=at_seconds(line.period.start),
            expires_at=at_seconds(line.period.end),
            charge_failed=True,
        )
        for line in begun
        if (item := item_of(line)) is not None and not is_proration(line)
    )
    snapshot = replace(said.snapshot, standings=standings)
    return Said(signal=said.signal, purchase_id=said.purchase_id, snapshot=snapshot)


def read_paid(context: Context) -> Said:
    """One transaction a charge, and the invoice as another name of the subscription."""
    invoice = context.read(Invoice)
    subscription = _subscription(invoice)
    if subscription is None or invoice.id is None:
        return Said(signal=Signal.NOTED)
    paid = charges(invoice)
    return Said(
        signal=_signal(invoice, paid),
        purchase_id=subscription,
        snapshot=Snapshot(
            transactions=tuple(
                _transaction(charge, invoice, invoice.id, subscription, context) for charge in paid
            ),
            identities=_identities(invoice),
        ),
        links=_links(invoice, invoice.id, subscription),
    )


def read_invoice_payment(context: Context) -> Said:
    """A payment as another name of its invoice."""
    paid = context.read(InvoicePayment)
    payments = (paid.payment.payment_intent, paid.payment.charge)
    return Said(
        signal=context.signal,
        purchase_id=paid.invoice,
        links=_payment_links(payments, paid.invoice),
    )


def _signal(invoice: Invoice, paid: tuple[Charge, ...]) -> Signal:
    if not any(charge.item for charge in paid):
        return Signal.ONE_TIME_PURCHASED if paid else Signal.NOTED
    return Signal.PURCHASED if invoice.billing_reason == _FIRST else Signal.RENEWED


def _links(invoice: Invoice, invoice_id: str, subscription: str) -> tuple[Link, ...]:
    own = Link(purchase_id=invoice_id, target=subscription, ref=invoice_id)
    return (own, *_payment_links((invoice.payment_intent, invoice.charge), invoice_id))


def _payment_links(payments: tuple[str | None, ...], invoice_id: str) -> tuple[Link, ...]:
    return tuple(
        Link(purchase_id=payment, target=invoice_id, ref=invoice_id)
        for payment in payments
        if payment is not None
    )


def _transaction(
    charge: Charge, invoice: Invoice, invoice_id: str, subscription: str, context: Context
) -> Transaction:
    line = charge.main
    line_id = line.unique_id or line.id
    return Transaction(
        transaction_id=line_id,
        original_transaction_id=subscription,
        fact=f"txn/{line_id}",
        kind=_kind(charge, invoice),
        product_id=_product(line, context),
        period=str(line.period.start) if _begins(charge) else line_id,
        item=charge.item or NO_ITEM,
        purchased_at=at_seconds(line.period.start),
        expires_at=None if charge.item is None else at_seconds(line.period.end),
        price=money(charge.amount, invoice.currency),
        tax=None if charge.tax is None else money(charge.tax, invoice.currency),
        quantity=1 if line.quantity is None else line.quantity,
        refs=(line_id, invoice_id),
    )


def _begins(charge: Charge) -> bool:
    """Whether a period of an item began with it. A price changed inside one begins none, even in the
    second in which the period began."""
    return charge.item is not None and not is_proration(charge.main)


def _kind(charge: Charge, invoice: Invoice) -> TransactionKind:
    if charge.item is None:
        return TransactionKind.ONE_TIME
    first = invoice.billing_reason == _FIRST
    return TransactionKind.INITIAL if first else TransactionKind.RENEWAL


def _product(line: Line, context: Context) -> str:
    details = line.pricing.price_details if line.pricing else None
    price = (details.price if details else None) or (line.price.id if line.price else None)
    product = (details.product if details else None) or (line.price.product if line.price else None)
    if context.options.product_from == "price":
        return price or product or _UNNAMED
    return product or price or _UNNAMED


def _details(invoice: Invoice) -> SubscriptionDetails | None:
    parent = invoice.parent.subscription_details if invoice.parent else None
    return parent or invoice.subscription_details


def _subscription(invoice: Invoice) -> str | None:
    details = _details(invoice)
    return invoice.subscription or (details.subscription if details else None)


def _identities(invoice: Invoice) -> dict[str, str]:
    details = _details(invoice)
    return identities(invoice.customer, details.metadata if details else None)
