"""Events that move nothing of a purchase: kept and counted, under their purchase where they name one."""

from streams.contracts.ids import NO_PURCHASE
from streams.stores.stripe.bills import CreditNote
from streams.stores.stripe.said import Context, Said


def read_nothing(context: Context) -> Said:
    """About no purchase that we could name."""
    return Said(signal=context.signal)


def read_credit_note(context: Context) -> Said:
    """Its money goes back by a refund, which has events of its own."""
    note = context.read(CreditNote)
    return Said(signal=context.signal, purchase_id=note.invoice or NO_PURCHASE)
