"""What a backend may say of a purchase, by POST /v1/purchases or in a file to import, and its check.

A MalformedError names the field. RejectedError with reason NEEDS_LOOKUP: a true id, but one that
leads to the purchase only through the store's API; it says what to post instead.
"""

import re
from datetime import datetime
from decimal import Decimal

import msgspec

from streams.contracts.customer import MAX_CUSTOMER_ID, is_customer_id
from streams.contracts.errors import MalformedError, RejectedError, UnknownAppError
from streams.contracts.ids import CustomerId, ReceiptId, StoreName
from streams.contracts.money import MICROS, Money
from streams.contracts.project import App
from streams.contracts.purchase import PostedPurchase
from streams.contracts.stores import BY_NAME, Store
from streams.contracts.words import Environment, Origin

NEEDS_LOOKUP = "needs_lookup"
_MAX_DIGITS = 12  # before the decimal point
_CURRENCY = re.compile(r"[A-Z]{3}")
_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class Post(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One purchase as posted: exactly one of the ids, which must be the store's root id of it."""

    store: str
    app_user_id: str
    environment: Environment | None = None
    signed_transaction: str | None = None
    original_transaction_id: str | None = None
    purchase_token: str | None = None
    subscription_id: str | None = None
    transaction_id: str | None = None
    subscription_item_id: str | None = None
    checkout_session_id: str | None = None
    order_id: str | None = None
    price: Decimal | None = None
    currency: str | None = None


FIELDS = Post.__struct_fields__
_ROOTS = ("original_transaction_id", "purchase_token", "subscription_id")
_LOOKED_UP = ("transaction_id", "subscription_item_id", "checkout_session_id", "order_id")
_IDS = ("signed_transaction", *_ROOTS, *_LOOKED_UP)


def accept_post(
    post: Post, app: App, *, tracking_id: ReceiptId, received_at: datetime, origin: Origin
) -> PostedPurchase:
    """The post as a record; raise RejectedError when it can't be one."""
    store = _store(post, app)
    field = _only_id(post, store)
    value = getattr(post, field)
    _check_form(field, value, store)
    signed = field == "signed_transaction"
    return PostedPurchase(
        tracking_id=tracking_id,
        app_id=app.app_id,
        store=store.name,
        customer_id=customer_of(post.app_user_id),
        received_at=received_at,
        origin=origin,
        environment=post.environment,
        purchase_id=None if signed else value,
        signed_transaction=value if signed else None,
        price=_price(post),
    )


def _store(post: Post, app: App) -> Store:
    try:
        known = app.store(StoreName(post.store))
    except UnknownAppError as error:
        names = ", ".join(store.store for store in app.stores) or "none"
        raise MalformedError(
            f"store: app {app.app_id!r} has no store {post.store!r}, but {names}"
        ) from error
    if post.environment is not None and post.environment not in known.environments:
        allowed = ", ".join(known.environments)
        raise MalformedError(f"environment: {post.store} of this app has {allowed} only")
    return BY_NAME[known.store]


def _only_id(post: Post, store: Store) -> str:
    given = [name for name in _IDS if getattr(post, name) is not None]
    wanted = _wanted(store)
    if len(given) != 1:
        said = " and ".join(given) or "none"
        raise MalformedError(f"{store.purchase_field}: post exactly one id, {wanted}; got {said}")
    if given[0] in _LOOKED_UP:
        raise RejectedError(
            f"{given[0]}: the store's API would have to be asked; post {wanted} instead",
            reason=NEEDS_LOOKUP,
        )
    if given[0] != store.purchase_field and not (
        given[0] == "signed_transaction" and store.signed_posts
    ):
        raise MalformedError(f"{given[0]}: not of {store.name}: post {wanted}")
    return given[0]


def _wanted(store: Store) -> str:
    return store.purchase_field + (" or signed_transaction" if store.signed_posts else "")


def _check_form(field: str, value: str, store: Store) -> None:
    if field == "signed_transaction":
        if not _JWS.fullmatch(value):
            raise MalformedError(f"{field}: not a signed transaction: three parts joined by dots")
        return
    if store.looked_up_form and re.fullmatch(store.looked_up_form, value):
        raise RejectedError(
            f"{field}: {value.split('_', 1)[0]}_... is another kind of id, for which the store's "
            f"API would have to be asked; post {_wanted(store)} ({store.purchase_form}) instead",
            reason=NEEDS_LOOKUP,
        )
    if not re.fullmatch(store.purchase_form, value):
        raise MalformedError(f"{field}: must be of the form {store.purchase_form}")


def customer_of(app_user_id: str) -> CustomerId:
    """Raise MalformedError for what can't name a customer."""
    if not is_customer_id(app_user_id):
        raise MalformedError(
            f"app_user_id: needs 1 to {MAX_CUSTOMER_ID} printable characters, no spaces around them"
        )
    return CustomerId(app_user_id)


def _price(post: Post) -> Money | None:
    if post.price is None and post.currency is None:
        return None
    if post.price is None or post.currency is None:
        raise MalformedError("price: post price and currency together, or neither")
    if not _CURRENCY.fullmatch(post.currency):
        raise MalformedError("currency: needs three capital letters of ISO 4217, like USD")
    return Money(micros=_micros(post.price), currency=post.currency)


def _micros(price: Decimal) -> int:
    if not (price.is_finite() and price >= 0 and price.adjusted() < _MAX_DIGITS):
        raise MalformedError("price: needs a number that is not negative, like 9.99")
    micros = int(price * MICROS)
    if micros != price * MICROS:
        raise MalformedError("price: has more than six decimals")
    return micros
