"""The stores, a line each: what ingress must know of a store, and the list that everything else follows."""

from dataclasses import dataclass

from streams.contracts.ids import StoreName

KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """`name`: file, URL segment and fixture folder. `event_name`: `store` in events (RevenueCat's word)."""

    name: StoreName
    title: str
    event_name: str
    body_cap: int  # bytes
    beyond: frozenset[str] = frozenset()
    """Event types that RevenueCat does not send for this store: ours are marked `extension`."""


def _store(name: str, title: str, event_name: str, body_cap: int, beyond: str = "") -> Store:
    return Store(
        name=StoreName(name),
        title=title,
        event_name=event_name,
        body_cap=body_cap,
        beyond=frozenset(beyond.split()),
    )


# The one line that a new store adds; streams.stores loads the module of each name.
ALL = (
    _store("app_store", "App Store", "APP_STORE", 256 * KIB),
    _store("play_store", "Google Play", "PLAY_STORE", 64 * KIB),
    _store("stripe", "Stripe", "STRIPE", 1024 * KIB, beyond="UNCANCELLATION REFUND_REVERSED"),
)
BY_NAME = {store.name: store for store in ALL}
