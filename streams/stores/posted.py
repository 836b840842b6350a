"""A post as a Tracking: whose purchase it is, and whether it can ship the app.

Only the app's own backend ships an app, and only by saying PRODUCTION in so many words.
"""

from streams.contracts.ids import purchase_key
from streams.contracts.purchase import PostedPurchase, Tracking
from streams.contracts.words import Environment, Origin


def tracked_in(environment: Environment, purchase_id: str, posted: PostedPurchase) -> Tracking:
    """The purchase `purchase_id` of one environment as `posted`, an import's row included."""
    by_backend = posted.origin is Origin.POST
    return Tracking(
        tracking_id=posted.tracking_id,
        app_id=posted.app_id,
        store=posted.store,
        environment=environment,
        purchase_key=purchase_key(posted.app_id, posted.store, environment, purchase_id),
        customer_id=posted.customer_id,
        received_at=posted.received_at,
        origin=posted.origin,
        posted=by_backend,
        ships=by_backend and posted.environment is Environment.PRODUCTION,
        price=posted.price,
    )
