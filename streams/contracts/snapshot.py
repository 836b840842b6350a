"""What one message of a store says of a purchase, in no store's words: facts that add up, and a standing.

Transactions and refunds are facts: once told they stay. A standing is what the store says of one
period at one moment: whether it renews, into which product, whether there is access.

These are msgspec Structs, not dataclasses, because a purchase's state keeps them by the hundred: a
field that has its default takes no byte there. (Copy with `msgspec.structs.replace`.)
"""

from datetime import datetime

from msgspec import Struct, field

from streams.contracts.money import Money
from streams.contracts.words import Access, Consent, PeriodType, Reason, TransactionKind

NO_ITEM = "-"


class Transaction(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One term of a subscription, or a one-time purchase.

    `period` groups it with standings: Apple's transactionId, a Stripe item's current_period_start
    (unix seconds). `refs`: every id by which a refund may name it. `fact`: what its event's id is
    made of, `txn/<id>` where the store has an id of its own. `price`: what was charged, tax
    included; None: the store did not say.
    `tax` and `fee`: the parts of `price` that went to taxes and that the store kept, where it says.
    """

    transaction_id: str
    original_transaction_id: str
    fact: str
    kind: TransactionKind
    product_id: str
    period: str
    purchased_at: datetime
    expires_at: datetime | None
    period_type: PeriodType = PeriodType.NORMAL
    item: str = NO_ITEM
    price: Money | None = None
    tax: Money | None = None
    fee: Money | None = None
    quantity: int = 1
    family_share: bool = False
    offer_code: str | None = None
    offer_type: str | None = None
    country: str | None = None  # ISO 3166 alpha-2
    refs: tuple[str, ...] = ()
    charged_at: datetime | None = None  # None: when the message says it


class Refund(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money that went back, or came again (`reversed`).

    `refs`: ids of which one is among the transaction's `refs`; a record that passed an alias adds
    the alias's. `amount`: positive; None: all of the transaction's price.
    """

    refund_id: str
    refs: tuple[str, ...]
    refunded_at: datetime
    amount: Money | None = None
    reversed: bool = False


class Issued(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An invoice that a customer is to pay by their own doing, for one period of one item."""

    invoice_id: str
    amount: Money
    issued_at: datetime
    product_id: str
    period: str
    item: str = NO_ITEM


class Standing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One period of one item as the store saw it when it spoke. None: the message does not say.

    `charge_failed`: said of the period's charge alone, and not of what became of access.
    """

    period: str
    item: str = NO_ITEM
    product_id: str | None = None
    purchased_at: datetime | None = None
    expires_at: datetime | None = None
    auto_renew: bool | None = None
    next_product_id: str | None = (
        None  # what it renews into; equal to product_id: no change pending
    )
    product_changed: bool = False  # product_id took effect at once, inside this period
    access: Access | None = None
    grace_expires_at: datetime | None = None
    auto_resume_at: datetime | None = None
    charge_failed: bool = False
    ended_at: datetime | None = None
    reason: Reason | None = None  # where the store itself gives one
    since: datetime | None = None  # when renewal went off, where the store says it
    consent: Consent | None = None  # to a higher price
    pause_scheduled: bool = False  # access goes on until the period's end


class Snapshot(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that one message tells. `identities`: names of the customer that the store passes on,
    by rule name (`account_token`, `store_customer`, `metadata.<key>`), for track-new. `asked_as`:
    the id by which the store tells how the purchase stands, where it is not the purchase's own."""

    transactions: tuple[Transaction, ...] = ()
    refunds: tuple[Refund, ...] = ()
    standings: tuple[Standing, ...] = ()
    invoices: tuple[Issued, ...] = ()
    identities: dict[str, str] = field(default_factory=dict)
    asked_as: str = ""

    @property
    def carries_purchase(self) -> bool:
        """Whether a purchase can be tracked from this message alone."""
        return bool(self.transactions or self.standings)
