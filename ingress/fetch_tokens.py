"""The body of POST /v1/receipts, as RevenueCat's clients write it, as a post of ours.

X-Platform names the store, `fetch_token` the purchase: which of the store's ids it is shows in its
form. X-Is-Sandbox names the environment; without it both are tried, and the post ships nothing.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec

from ingress.identities import checked, to_inbox
from streams.contracts.customer import Attributes
from streams.contracts.errors import MalformedError
from streams.contracts.posting import SIGNED, Post, customer_of, is_signed
from streams.contracts.step import Out
from streams.contracts.stores import ALL, Store
from streams.contracts.words import Environment

PLATFORM, SANDBOX = "X-Platform", "X-Is-Sandbox"
_SAID = {"true": Environment.SANDBOX, "false": Environment.PRODUCTION, "": None}


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of the body; a client may send more."""

    app_user_id: str
    fetch_token: str
    price: Decimal | None = None
    currency: str | None = None
    attributes: dict[str, msgspec.Raw] = {}


def post_of(receipt: Receipt, headers: Mapping[str, str]) -> Post:
    """Raise MalformedError that names the header or the field."""
    store = _store(headers.get(PLATFORM, ""))
    sandbox = headers.get(SANDBOX, "").lower()
    if sandbox not in _SAID:
        raise MalformedError(f"{SANDBOX}: send true, false, or no such header")
    named = {_field(receipt.fetch_token, store): receipt.fetch_token}
    return Post(
        store=store.name,
        app_user_id=receipt.app_user_id,
        environment=_SAID[sandbox],
        price=receipt.price,
        currency=receipt.currency,
        **named,
    )


def attributes_of(receipt: Receipt, now: datetime) -> tuple[Out, ...]:
    """They go first, so that the event of the purchase may have them."""
    if not receipt.attributes:
        return ()
    customer = customer_of(receipt.app_user_id)
    values = checked(receipt.attributes, now)
    return (to_inbox(Attributes(customer_id=customer, values=values, received_at=now)),)


def _store(platform: str) -> Store:
    for store in ALL:
        if platform.lower() in store.platforms:
            return store
    known = ", ".join(name for store in ALL for name in store.platforms)
    raise MalformedError(f"{PLATFORM}: send one of {known}, not {platform!r}")


def _field(token: str, store: Store) -> str:
    """A number may be any transaction's of the App Store: what is looked up goes before the root."""
    if store.signed_posts and is_signed(token):
        return SIGNED
    forms = {**store.looked_up, store.purchase_field: store.purchase_form}
    fits = next((field for field, form in forms.items() if re.fullmatch(form, token)), None)
    if fits is None:
        signed = (SIGNED,) if store.signed_posts else ()
        wanted = " or ".join((*signed, *forms))
        raise MalformedError(
            f"fetch_token: none of {store.title}'s ids; send {wanted} (a whole receipt is not read)"
        )
    return fits
