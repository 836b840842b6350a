"""A due time only asks the store; nothing expires by the clock alone."""

from streams.contracts.ids import NotificationId, ReceiptId
from streams.contracts.purchase import Due, Pointer
from streams.contracts.words import Origin, Signal
from streams.track.state import PurchaseState
from streams.track.terms import newest_term


def ask(state: PurchaseState, due: Due) -> tuple[Pointer, ...]:
    """What lookup must ask; nothing when the purchase is not tracked or its period has moved on."""
    term = newest_term(state)
    if state.owner is None or term is None or term.period != due.period:
        return ()
    purchase_id = due.purchase_key.split("/", 3)[3]
    asked = f"due/{due.purchase_key}/{due.period}/{due.due_at.isoformat()}"
    return (
        Pointer(
            app_id=due.app_id,
            store=due.store,
            environments=(due.environment,),
            purchase_id=purchase_id,
            type="due",
            signal=Signal.LOOKED_UP,
            notification_id=NotificationId(asked),
            occurred_at=due.due_at,
            received_at=due.due_at,
            receipt_id=ReceiptId(asked),
            origin=Origin.REFRESH,
        ),
    )
