"""A parked purchase joined to a customer by an operator: the record that a backend's post leads to. Pure.

Its origin is `import`, for only what the app's own backend posts ships an app and is counted: what an
operator does here never moves plan, shipped_at or the billable figure.
"""

from dataclasses import dataclass
from datetime import datetime
from re import fullmatch

from streams.contracts.codec import convert, encode
from streams.contracts.errors import MalformedError, UnknownAppError
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.posting import FIELDS, Post, accept_post
from streams.contracts.project import Project
from streams.contracts.purchase import PostedPurchase
from streams.contracts.step import Out
from streams.contracts.stores import BY_NAME
from streams.contracts.topics import POSTED
from streams.contracts.words import Environment, Origin

_PARTS = 4  # app, store, environment, the store's own id


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A purchase key's parts. `field`: what a backend calls the id when it posts one."""

    app_id: str
    store: str
    environment: str
    purchase_id: str
    field: str


def named(purchase_key: str) -> Named | None:
    """None when the key is another name of a purchase, which nobody can post: a payment's, say."""
    parts = purchase_key.split("/", _PARTS - 1)
    if len(parts) != _PARTS or parts[1] not in BY_NAME or parts[2] not in set(Environment):
        return None
    store = BY_NAME[StoreName(parts[1])]
    if store.purchase_field not in FIELDS or not fullmatch(store.purchase_form, parts[3]):
        return None
    return Named(
        app_id=parts[0],
        store=parts[1],
        environment=parts[2],
        purchase_id=parts[3],
        field=store.purchase_field,
    )


def tracked(
    purchase_key: str, app_user_id: str, project: Project, now: datetime
) -> tuple[PostedPurchase, Out]:
    """What joins them, and its record. Raise MalformedError that names the field."""
    purchase = named(purchase_key)
    if purchase is None:
        raise MalformedError(
            "purchase_key: not the id by which a purchase is tracked; find the purchase that it belongs to"
        )
    fields = {
        "store": purchase.store,
        "app_user_id": app_user_id.strip(),
        "environment": Environment(purchase.environment),
        purchase.field: purchase.purchase_id,
    }
    try:
        app = project.app(AppId(purchase.app_id))
    except UnknownAppError as error:
        raise MalformedError(f"purchase_key: {error}") from error
    posted = accept_post(
        convert(fields, Post),
        app,
        tracking_id=_tracking_id(purchase_key, now),
        received_at=now,
        origin=Origin.IMPORT,
    )
    return posted, Out(topic=POSTED, key=None, value=encode(posted))


def _tracking_id(purchase_key: str, now: datetime) -> ReceiptId:
    return ReceiptId(f"console/{purchase_key}/{int(now.timestamp() * 1000)}")
