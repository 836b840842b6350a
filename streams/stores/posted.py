"""A post as a Tracking, or as a Pointer where only the store's API knows the purchase that it names.

Only the app's own backend ships an app, and only by saying PRODUCTION in so many words. A Pointer
carries in its hint what a Tracking needs, so that the post is not lost when the API answers:
`customer_id`; `ships` ("true" or "false"); `price_micros` and `currency`, where the post has a
price; `posted`, the field that `purchase_id` was posted in (transaction_id, checkout_session_id,
...). Its `receipt_id` is the tracking id, its `origin` the post's.
"""

from streams.contracts.ids import NotificationId, purchase_key
from streams.contracts.project import App
from streams.contracts.purchase import Pointer, PostedPurchase, Tracking
from streams.contracts.words import Environment, Origin, Signal

POSTED = "POSTED"
"""`type` of such a Pointer."""


def tracked_in(environment: Environment, purchase_id: str, posted: PostedPurchase) -> Tracking:
    """The purchase `purchase_id` of one environment as `posted`, an import's row included."""
    return Tracking(
        tracking_id=posted.tracking_id,
        app_id=posted.app_id,
        store=posted.store,
        environment=environment,
        purchase_key=purchase_key(posted.app_id, posted.store, environment, purchase_id),
        customer_id=posted.customer_id,
        received_at=posted.received_at,
        origin=posted.origin,
        posted=posted.origin is Origin.POST,
        ships=_ships(posted),
        price=posted.price,
    )


def pointed_at(purchase_id: str, posted: PostedPurchase, app: App, *, field: str) -> Pointer:
    """What to ask the store's API for."""
    said = (posted.environment,) if posted.environment else app.store(posted.store).environments
    return Pointer(
        app_id=posted.app_id,
        store=posted.store,
        environments=said,
        purchase_id=purchase_id,
        type=POSTED,
        signal=Signal.LOOKED_UP,
        notification_id=NotificationId(posted.tracking_id),
        occurred_at=posted.received_at,
        received_at=posted.received_at,
        receipt_id=posted.tracking_id,
        origin=posted.origin,
        hint=_hint(posted, field),
    )


def _ships(posted: PostedPurchase) -> bool:
    return posted.origin is Origin.POST and posted.environment is Environment.PRODUCTION


def _hint(posted: PostedPurchase, field: str) -> dict[str, str]:
    ships = "true" if _ships(posted) else "false"
    hint = {"customer_id": str(posted.customer_id), "ships": ships, "posted": field}
    if posted.price is not None:
        hint |= {"price_micros": str(posted.price.micros), "currency": posted.price.currency}
    return hint
