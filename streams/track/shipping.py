"""The billing rule: what the app's own backend posts is counted, and nothing else ever is.

A purchase counts once, by its first post that says PRODUCTION. Notifications, track-new, refresh,
imports and backfill never come here: they carry no post.
"""

from msgspec.structs import replace

from streams.contracts.ids import StoreName
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.purchase import Tracking
from streams.track.state import PurchaseState

OWN_POSTS = StoreName("-")


def count_post(state: PurchaseState, post: Tracking) -> tuple[PurchaseState, tuple[Outcome, ...]]:
    """The state that remembers the post, and what receipts must count: nothing, or one purchase."""
    if state.billed or not (post.posted and post.ships):
        return state, ()
    counted = Outcome(
        kind=OutcomeKind.POSTED,
        app_id=post.app_id,
        store=OWN_POSTS,
        environment=post.environment,
        received_at=post.received_at,
        receipt_id=post.tracking_id,
        origin=post.origin,
        tracked=True,
        purchase_key=post.purchase_key,
        customer_id=post.customer_id,
        ships=True,
        price=post.price,
    )
    return replace(state, billed=True), (counted,)
