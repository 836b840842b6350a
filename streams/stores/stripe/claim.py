"""The purchase that a backend's post names: a subscription's id, or one that leads to it."""

from streams.contracts.errors import MalformedError
from streams.contracts.project import App
from streams.contracts.purchase import Pointer, PostedPurchase, Tracking
from streams.stores.posted import pointed_at, tracked_in
from streams.stores.stripe.options import NAME

_SUBSCRIPTION = "sub_"


def claim(posted: PostedPurchase, app: App) -> tuple[Tracking | Pointer, ...]:
    """In each environment that it may be of, where the post names none. An item or a Checkout Session
    leads to its subscription through Stripe's API."""
    if posted.looked_up_id is not None:
        return (pointed_at(posted.looked_up_id, posted, app, field=posted.looked_up_field),)
    if posted.purchase_id is None or not posted.purchase_id.startswith(_SUBSCRIPTION):
        raise MalformedError("a post without the id of a subscription, sub_...")
    said = (posted.environment,) if posted.environment else app.store(NAME).environments
    return tuple(tracked_in(environment, posted.purchase_id, posted) for environment in said)
