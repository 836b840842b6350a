"""What one App Store message says of a purchase: its transaction, its refunds, and how it stands.

Everything comes from this message alone, so that the order in which messages arrive is no matter.
The transaction counts, not `status` or the renewal info: a REFUND or CONSUMPTION_REQUEST may be
about an earlier run, while both describe the present one, of another product.
"""

from streams.contracts.money import Money, half_up
from streams.contracts.snapshot import Refund, Snapshot, Transaction
from streams.contracts.words import PeriodType, TransactionKind
from streams.stores.app_store import claims
from streams.stores.app_store.claims import Message
from streams.stores.app_store.countries import alpha_2
from streams.stores.app_store.standing import standing
from streams.stores.moments import at_ms, at_ms_or_none

_SUBSCRIPTION = "Auto-Renewable Subscription"
_ONE_TIME = frozenset({"Consumable", "Non-Consumable", "Non-Renewing Subscription"})
_MICROS_IN_MILLIUNIT = 1000
_WHOLE = 100_000  # revocationPercentage of 100 %
_INTRODUCTORY = 1
_OFFERS = {1: "introductory", 2: "promotional", 3: "offer_code", 4: "win_back"}


def snapshot(message: Message) -> Snapshot:
    """Empty where the message is about no transaction."""
    transaction = message.transaction
    if transaction is None:
        return Snapshot()
    told = _transaction(transaction)
    standings = () if told.kind is TransactionKind.ONE_TIME else standing(message, transaction)
    return Snapshot(
        transactions=(told,),
        refunds=_refunds(transaction, message),
        standings=standings,
        identities=_identities(transaction),
    )


def _identities(transaction: claims.Transaction) -> dict[str, str]:
    """A UUID comes in capitals from some devices."""
    token = transaction.app_account_token
    return {"account_token": token.lower()} if token else {}


def _transaction(transaction: claims.Transaction) -> Transaction:
    return Transaction(
        transaction_id=transaction.transaction_id,
        original_transaction_id=transaction.original_transaction_id,
        fact=f"txn/{transaction.transaction_id}",
        kind=_kind(transaction),
        product_id=transaction.product_id,
        period=transaction.transaction_id,
        purchased_at=at_ms(transaction.purchase_date),
        expires_at=at_ms_or_none(transaction.expires_date),
        period_type=_period_type(transaction),
        price=_price(transaction),
        quantity=transaction.quantity,
        family_share=_family_share(transaction),
        offer_code=transaction.offer_identifier,
        offer_type=_OFFERS.get(transaction.offer_type or 0),
        country=alpha_2(transaction.storefront),
        refs=(transaction.transaction_id,),
    )


def _kind(transaction: claims.Transaction) -> TransactionKind:
    """A type that is new to us is a subscription when it has an end."""
    subscription = transaction.type == _SUBSCRIPTION or transaction.expires_date is not None
    if transaction.type in _ONE_TIME or not subscription:
        return TransactionKind.ONE_TIME
    first = transaction.transaction_id == transaction.original_transaction_id
    return TransactionKind.INITIAL if first else TransactionKind.RENEWAL


def _period_type(transaction: claims.Transaction) -> PeriodType:
    """A paid promotional, code or win-back offer is a normal period, its offer named beside it."""
    if transaction.offer_discount_type == "FREE_TRIAL":
        return PeriodType.TRIAL
    return PeriodType.INTRO if transaction.offer_type == _INTRODUCTORY else PeriodType.NORMAL


def _family_share(transaction: claims.Transaction) -> bool:
    return transaction.in_app_ownership_type == "FAMILY_SHARED"


def _price(transaction: claims.Transaction) -> Money | None:
    """The total, positive on refunds too. A family member pays nothing, in whatever currency."""
    if _family_share(transaction):
        return Money(micros=0, currency=transaction.currency or "USD")
    if transaction.price is None or transaction.currency is None:
        return None
    return Money(
        micros=transaction.price * _MICROS_IN_MILLIUNIT, currency=transaction.currency.upper()
    )


def _refunds(transaction: claims.Transaction, message: Message) -> tuple[Refund, ...]:
    """`transactionId/revocationDate` names a refund. A reversal comes without that date: its id is
    the transactionId alone, and it meets the refund by `refs`. A family member gets no money back."""
    refs = (transaction.transaction_id,)
    if message.outer.notification_type == "REFUND_REVERSED":
        at = at_ms(message.outer.signed_date)
        reversal = Refund(refund_id=refs[0], refs=refs, refunded_at=at, reversed=True)
        return (reversal,)
    if _family_share(transaction) or message.outer.notification_type == "REVOKE":
        return ()
    if transaction.revocation_date is None:
        return _item_refunds(transaction)
    return _item_refunds(transaction) or (
        Refund(
            refund_id=f"{transaction.transaction_id}/{transaction.revocation_date}",
            refs=refs,
            refunded_at=at_ms(transaction.revocation_date),
            amount=_refunded(transaction),
        ),
    )


def _refunded(transaction: claims.Transaction) -> Money | None:
    """The share that went back, halves up on the milliunit; None: all of it."""
    if transaction.revocation_percentage is None or transaction.price is None:
        return None
    share = half_up(transaction.price * transaction.revocation_percentage, _WHOLE)
    return _milliunits(share, transaction)


def _item_refunds(transaction: claims.Transaction) -> tuple[Refund, ...]:
    """The Advanced Commerce API refunds item by item and says each amount."""
    commerce = transaction.advanced_commerce_info
    items = (commerce.items if commerce else None) or ()
    return tuple(
        Refund(
            refund_id=f"{transaction.transaction_id}/{item.sku}/{refund.refund_date}",
            refs=(transaction.transaction_id,),
            refunded_at=at_ms(refund.refund_date),
            amount=_milliunits(refund.refund_amount, transaction),
        )
        for item in items
        for refund in item.refunds or ()
    )


def _milliunits(amount: int, transaction: claims.Transaction) -> Money | None:
    if transaction.currency is None:
        return None
    return Money(micros=amount * _MICROS_IN_MILLIUNIT, currency=transaction.currency.upper())
