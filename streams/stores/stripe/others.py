"""Events that move nothing of a purchase: kept and counted, under their purchase where they name one."""

from streams.contracts.codec import decode
from streams.contracts.ids import NO_PURCHASE
from streams.contracts.snapshot import Snapshot
from streams.stores.stripe.events import CreditNote, Schedule, Session
from streams.stores.stripe.said import Context, Said, identities


def read_nothing(context: Context) -> Said:
    """About no purchase that we could name."""
    return Said(signal=context.signal)


def read_schedule(context: Context) -> Said:
    """A schedule names prices by id and no items, so a change planned in it can't be told here."""
    schedule = decode(context.content.object, Schedule)
    subscription = schedule.subscription or schedule.released_subscription
    return Said(signal=context.signal, purchase_id=subscription or NO_PURCHASE)


def read_session(context: Context) -> Said:
    """A Checkout Session for a subscription joins it to a customer."""
    session = decode(context.content.object, Session)
    return Said(
        signal=context.signal,
        purchase_id=session.subscription or NO_PURCHASE,
        snapshot=Snapshot(identities=identities(session.customer, session.metadata)),
    )


def read_credit_note(context: Context) -> Said:
    """Its money goes back by a refund, which has events of its own."""
    note = decode(context.content.object, CreditNote)
    return Said(signal=context.signal, purchase_id=note.invoice or NO_PURCHASE)
