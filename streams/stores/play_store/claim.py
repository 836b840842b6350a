"""The purchase that a backend's post names: a token, which Google's API leads to its root."""

from streams.contracts.errors import MalformedError
from streams.contracts.project import App
from streams.contracts.purchase import Pointer, PostedPurchase
from streams.stores.posted import pointed_at

_FIELD = "purchase_token"


def claim(posted: PostedPurchase, app: App) -> tuple[Pointer, ...]:
    """Raise MalformedError when the post names no token."""
    if posted.purchase_id is None:
        raise MalformedError("a post without purchase_id: Google Play has no signed transactions")
    return (pointed_at(posted.purchase_id, posted, app, field=_FIELD),)
