"""What a backend may say of a purchase, by POST /v1/purchases or in a file to import, and its check.

A MalformedError names the field. RejectedError with reason NO_WAY: a true id, but one that does not
lead to the purchase; it says what to post instead.
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

NO_WAY = "no_way"
_MAX_DIGITS = 12  # before the decimal point
_CURRENCY = re.compile(r"[A-Z]{3}")
_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class Post(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One purchase as posted: exactly one of the ids. Those that are not the store's root id of the
    purchase lead to it through the store's API."""

    store: str
    app_user_id: str
    environment: str | None = None
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


SIGNED = "signed_transaction"
FIELDS = Post.__struct_fields__
_ROOTS = ("original_transaction_id", "purchase_token", "subscription_id")
_LOOKED_UP = ("transaction_id", "subscription_item_id", "checkout_session_id")
_REFUSED = ("order_id",)
_IDS = (SIGNED, *_ROOTS, *_LOOKED_UP, *_REFUSED)


def accept_post(
    post: Post, app: App, *, tracking_id: ReceiptId, received_at: datetime, origin: Origin
) -> PostedPurchase:
    """The post as a record; raise RejectedError when it can't be one."""
    store = _store(post, app)
    field = _only_id(post, store)
    value = getattr(post, field)
    _check_form(field, value, store)
    root = field == store.purchase_field
    looked_up = field in store.looked_up
    return PostedPurchase(
        tracking_id=tracking_id,
        app_id=app.app_id,
        store=store.name,
        customer_id=customer_of(post.app_user_id),
        received_at=received_at,
        origin=origin,
        environment=_environment(post),
        purchase_id=value if root else None,
        signed_transaction=value if field == SIGNED else None,
        looked_up_id=value if looked_up else None,
        looked_up_field=field if looked_up else "",
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
    environment = _environment(post)
    if environment is not None and environment not in known.environments:
        allowed = ", ".join(known.environments)
        raise MalformedError(f"environment: {post.store} of this app has {allowed} only")
    return BY_NAME[known.store]


def _environment(post: Post) -> Environment | None:
    if post.environment is None:
        return None
    try:
        return Environment(post.environment)
    except ValueError as error:
        names = " or ".join(Environment)
        raise MalformedError(
            f"environment: is {post.environment[:20]!r}: use {names}, or leave it out"
        ) from error


def _only_id(post: Post, store: Store) -> str:
    given = [name for name in _IDS if getattr(post, name) is not None]
    wanted = _wanted(store)
    if len(given) != 1:
        said = " and ".join(given) or "none"
        raise MalformedError(f"{store.purchase_field}: post exactly one id, {wanted}; got {said}")
    if given[0] in _REFUSED:
        raise RejectedError(
            f"{given[0]}: no way to a purchase; post {wanted} instead", reason=NO_WAY
        )
    if given[0] not in _fields_of(store):
        raise MalformedError(f"{given[0]}: not of {store.name}: post {wanted}")
    return given[0]


def _fields_of(store: Store) -> tuple[str, ...]:
    signed = (SIGNED,) if store.signed_posts else ()
    return (store.purchase_field, *signed, *store.looked_up)


def _wanted(store: Store) -> str:
    return " or ".join(_fields_of(store))


def _check_form(field: str, value: str, store: Store) -> None:
    if field == SIGNED:
        if not is_signed(value):
            raise MalformedError(f"{field}: not a signed transaction: three parts joined by dots")
        return
    form = store.purchase_form if field == store.purchase_field else store.looked_up[field]
    if re.fullmatch(form, value):
        return
    if store.refused_form and re.fullmatch(store.refused_form, value):
        text = f"{field}: {value.split('_', 1)[0]}_... is no way to a purchase"
        raise RejectedError(f"{text}; post {_wanted(store)} instead", reason=NO_WAY)
    named = [other for other in (store.purchase_field, *store.looked_up) if other != field]
    forms = {store.purchase_field: store.purchase_form, **store.looked_up}
    fits = next(
        (f"; {value[:3]}... goes into {o}" for o in named if re.fullmatch(forms[o], value)), ""
    )
    raise MalformedError(f"{field}: must be of the form {form}{fits}")


def is_signed(value: str) -> bool:
    """Whether it has the form of a store's own signed transaction."""
    return _JWS.fullmatch(value) is not None


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
