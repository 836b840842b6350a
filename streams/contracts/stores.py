"""The stores, a line each: what ingress must know of a store, and the list that everything else follows."""

from dataclasses import dataclass

from streams.contracts.ids import StoreName

KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """`name`: file, URL segment and fixture folder. `event_name`: `store` in events (RevenueCat's word).

    `purchase_field`: what a backend calls the store's root id of a purchase when it posts one, and
    `purchase_form`: the pattern of such an id. `looked_up_form`: ids that lead to it only through
    the store's API. `signed_posts`: a backend may post the store's own signed transaction instead.
    """

    name: StoreName
    title: str
    event_name: str
    body_cap: int  # bytes
    purchase_field: str = "purchase_id"
    purchase_form: str = r"[^/\s]+"
    looked_up_form: str = ""
    signed_posts: bool = False
    beyond: frozenset[str] = frozenset()
    """Event types that RevenueCat does not send for this store: ours are marked `extension`."""


# The one line that a new store adds; streams.stores loads the module of each name.
ALL = (
    Store(
        name=StoreName("app_store"),
        title="App Store",
        event_name="APP_STORE",
        body_cap=256 * KIB,
        purchase_field="original_transaction_id",
        purchase_form=r"[0-9]{1,32}",
        signed_posts=True,
    ),
    Store(
        name=StoreName("play_store"),
        title="Google Play",
        event_name="PLAY_STORE",
        body_cap=64 * KIB,
        purchase_field="purchase_token",
        purchase_form=r"[A-Za-z0-9._-]{1,1000}",
    ),
    Store(
        name=StoreName("stripe"),
        title="Stripe",
        event_name="STRIPE",
        body_cap=1024 * KIB,
        purchase_field="subscription_id",
        purchase_form=r"sub_[A-Za-z0-9_]{1,255}",
        looked_up_form=r"(si|cs|in|ch|pi)_[A-Za-z0-9_]{1,255}",
        beyond=frozenset({"UNCANCELLATION", "REFUND_REVERSED", "SUBSCRIPTION_PAUSED"}),
    ),
)
BY_NAME = {store.name: store for store in ALL}
