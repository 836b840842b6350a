"""What comes into customers.inbox, by the Kafka header `kind`; without one it is a Change."""

from dataclasses import dataclass, field
from datetime import datetime

from streams.contracts.change import Change
from streams.contracts.customer import Attributes, CustomerAlias
from streams.contracts.ids import CustomerId, PurchaseKey
from streams.contracts.money import Rate
from streams.identify.state import Move, Seen, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What one customer's state gives to another one's: all of it when the ids became aliases
    (`from_id` set), the terms of a purchase when that was transferred. To be joined, never to
    replace: it may come late, twice, or in any order."""

    customer_id: CustomerId
    received_at: datetime
    from_id: CustomerId | None = None
    seen: dict[CustomerId, Seen] = field(default_factory=dict)
    attributes: dict[str, dict[str, str | int]] = field(default_factory=dict)
    moves: dict[PurchaseKey, Move] = field(default_factory=dict)
    strangers: tuple[CustomerId, ...] = ()
    terms: tuple[Term, ...] = ()
    rates: dict[str, Rate | None] = field(default_factory=dict)


CustomerRecord = Change | Attributes | CustomerAlias | HandedOver
KINDS: dict[str, type[CustomerRecord]] = {
    "": Change,
    "attributes": Attributes,
    "customer_alias": CustomerAlias,
    "handed_over": HandedOver,
}
"""Value of the Kafka header `kind`, and the record it stands for."""
