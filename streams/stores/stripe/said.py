"""What a reader of one kind of object gives, and what every reader is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from streams.contracts.codec import decode
from streams.contracts.ids import NO_PURCHASE, AppId, PurchaseKey, purchase_key
from streams.contracts.snapshot import Snapshot
from streams.contracts.words import Environment, Signal
from streams.stores.stripe.events import Content
from streams.stores.stripe.options import NAME, StripeOptions

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`signal`: what the type announces, before the object is looked at."""

    app_id: AppId
    environment: Environment
    options: StripeOptions
    signal: Signal
    occurred_at: datetime
    content: Content

    def read(self, kind: type[T]) -> T:
        """The object as a `kind`; raise MalformedError when it is none."""
        return decode(self.content.object, kind, at="data.object")

    def key(self, purchase_id: str) -> PurchaseKey:
        return purchase_key(self.app_id, NAME, self.environment, purchase_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`purchase_id` is another name of `target`; both belong to the invoice `ref`."""

    purchase_id: str
    target: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`signal`: of what the object turned out to be. `ask_for`: what the object only points at;
    `ask_again`: what it says less of than the API does."""

    signal: Signal
    purchase_id: str = NO_PURCHASE
    snapshot: Snapshot = field(default_factory=Snapshot)
    links: tuple[Link, ...] = ()
    ask_for: str = ""
    ask_again: str = ""


Reader = Callable[[Context], Said]


def identities(customer: str | None, metadata: dict[str, str] | None) -> dict[str, str]:
    """By rule name: `store_customer` and `metadata.<key>`."""
    named = {f"metadata.{key}": value for key, value in (metadata or {}).items() if value}
    return ({"store_customer": customer} if customer else {}) | named
