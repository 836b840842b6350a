"""The purchase that a backend's post names: a token, which Google's API leads to its root.

The Pointer carries what a Tracking needs, so that the post is not lost when the API answers.
"""

from streams.contracts.errors import MalformedError
from streams.contracts.ids import NotificationId
from streams.contracts.project import App
from streams.contracts.purchase import Pointer, PostedPurchase
from streams.contracts.words import Environment, Origin, Signal
from streams.stores.play_store.options import NAME

TYPE = "POSTED"


def claim(posted: PostedPurchase, app: App) -> tuple[Pointer, ...]:
    """Raise MalformedError when the post names no token."""
    if posted.purchase_id is None:
        raise MalformedError("a post without purchase_id: Google Play has no signed transactions")
    said = (posted.environment,) if posted.environment else app.store(NAME).environments
    return (
        Pointer(
            app_id=posted.app_id,
            store=NAME,
            environments=said,
            purchase_id=posted.purchase_id,
            type=TYPE,
            signal=Signal.LOOKED_UP,
            notification_id=NotificationId(posted.tracking_id),
            occurred_at=posted.received_at,
            received_at=posted.received_at,
            receipt_id=posted.tracking_id,
            origin=posted.origin,
            hint=_hint(posted),
        ),
    )


def _hint(posted: PostedPurchase) -> dict[str, str]:
    """`ships` only where the backend itself said PRODUCTION."""
    ships = posted.origin is Origin.POST and posted.environment is Environment.PRODUCTION
    hint = {"customer_id": str(posted.customer_id), "ships": "true" if ships else "false"}
    if posted.price is not None:
        hint |= {"price_micros": str(posted.price.micros), "currency": posted.price.currency}
    return hint
