"""What the App Store's API answered as an observation: every transaction of a purchase, and how it stands.

Pure, and as strict as a notification: each signed part is verified for itself. The history tells all
terms and refunds, also those that no message told; the status says how the newest term stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.errors import RejectedError, WrongAppError
from streams.contracts.ids import NotificationId, purchase_key
from streams.contracts.purchase import Observation, Pointer
from streams.contracts.snapshot import Snapshot
from streams.contracts.words import Environment
from streams.stores.app_store.claims import (
    ENVIRONMENTS,
    Data,
    Message,
    Outer,
    Renewal,
    Transaction,
)
from streams.stores.app_store.options import NAME, AppStoreOptions
from streams.stores.app_store.snapshot import snapshot
from streams.stores.app_store.verify import verify_renewal, verify_transaction
from streams.stores.moments import at_ms

_ANY_STANDING = "DID_CHANGE_RENEWAL_STATUS"
"""The type under which a standing is read: of the newest term, and nothing said by the type itself."""
_UPGRADE = "UPGRADE"


class _Camel(Struct, frozen=True, kw_only=True, rename="camel"):
    """Base: camel case."""


class TransactionAnswer(_Camel, frozen=True, kw_only=True):
    """inApps/v1/transactions/{id}."""

    signed_transaction_info: str


class HistoryAnswer(_Camel, frozen=True, kw_only=True):
    """A page of inApps/v2/history/{id}: all that the customer bought in the app."""

    signed_transactions: tuple[str, ...] = ()
    has_more: bool = False
    revision: str = ""


class LastTransaction(_Camel, frozen=True, kw_only=True):
    original_transaction_id: str
    status: int
    signed_transaction_info: str
    signed_renewal_info: str


class Group(_Camel, frozen=True, kw_only=True):
    last_transactions: tuple[LastTransaction, ...] = ()


class StatusesAnswer(_Camel, frozen=True, kw_only=True):
    """inApps/v1/subscriptions/{id}."""

    data: tuple[Group, ...] = ()

    def of(self, original_id: str) -> LastTransaction | None:
        every = (last for group in self.data for last in group.last_transactions)
        return next((last for last in every if last.original_transaction_id == original_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """`named`: the transaction that was asked for; `history`: signed ones; `last`: None for what has
    no end."""

    environment: Environment
    named: Transaction
    history: Sequence[str]
    last: LastTransaction | None
    answered_at: datetime


def observation(pointer: Pointer, options: AppStoreOptions, answers: Answers) -> Observation:
    """Raise RejectedError when a part is not of this app and environment."""
    environment, answered_at = answers.environment, answers.answered_at
    named, last = answers.named, answers.last
    transactions = _own([verify_transaction(token, options) for token in answers.history], named)
    told = [_of(t, environment, answered_at) for t in transactions]
    upgrades = [
        _of(later, environment, answered_at, subtype=_UPGRADE)
        for earlier, later in pairwise(transactions)
        if earlier.is_upgraded
    ]
    standing = [_standing(last, options, environment, answered_at)] if last else []
    for message in (*told, *standing):
        _check(message, environment)
    return Observation(
        observation_id=NotificationId(
            f"{pointer.notification_id}/{round(answered_at.timestamp() * 1000)}"
        ),
        app_id=pointer.app_id,
        store=NAME,
        environment=environment,
        purchase_key=purchase_key(pointer.app_id, NAME, environment, named.original_transaction_id),
        signal=pointer.signal,
        occurred_at=answered_at,
        received_at=pointer.received_at,
        receipt_id=pointer.receipt_id,
        origin=pointer.origin,
        snapshot=_merged(told, [*upgrades, *standing]),
        type=pointer.type,
    )


def _own(transactions: list[Transaction], named: Transaction) -> list[Transaction]:
    """Of the purchase, oldest first; the one that was asked for may be newer than the history."""
    root = named.original_transaction_id
    known = {
        t.transaction_id: t for t in (named, *transactions) if t.original_transaction_id == root
    }
    return sorted(known.values(), key=lambda t: (t.purchase_date, t.transaction_id))


def _of(
    transaction: Transaction, environment: Environment, at: datetime, subtype: str = ""
) -> Message:
    return Message(
        outer=_outer(transaction, at, subtype=subtype),
        environment=environment,
        transaction=transaction,
        renewal=None,
    )


def _standing(
    last: LastTransaction, options: AppStoreOptions, environment: Environment, at: datetime
) -> Message:
    transaction = verify_transaction(last.signed_transaction_info, options)
    renewal: Renewal = verify_renewal(last.signed_renewal_info, options)
    if renewal.original_transaction_id != transaction.original_transaction_id:
        raise WrongAppError("renewal info of another purchase than the transaction beside it")
    return Message(
        outer=_outer(transaction, at, status=last.status),
        environment=environment,
        transaction=transaction,
        renewal=renewal,
    )


def _outer(
    transaction: Transaction, at: datetime, *, subtype: str = "", status: int | None = None
) -> Outer:
    data = Data(environment=transaction.environment, bundle_id=transaction.bundle_id, status=status)
    return Outer(
        notification_type=_ANY_STANDING,
        notification_uuid="",
        signed_date=round(at.timestamp() * 1000),
        subtype=subtype,
        data=data,
    )


def _check(message: Message, environment: Environment) -> None:
    transaction = message.transaction
    if transaction is None or ENVIRONMENTS.get(transaction.environment) is not environment:
        raise RejectedError("a transaction of another environment", reason="environment")


def _merged(told: Sequence[Message], standing: Sequence[Message]) -> Snapshot:
    """Transactions and refunds of all, standings of those that say one."""
    facts = [snapshot(message) for message in told]
    stands = [one for message in standing for one in snapshot(message).standings]
    ended = [one for fact in facts for one in fact.standings if one.ended_at is not None]
    return Snapshot(
        transactions=tuple(
            replace(term, charged_at=min(term.purchased_at, at_ms(_signed(message))))
            for message, fact in zip(told, facts, strict=True)
            for term in fact.transactions
        ),
        refunds=tuple(refund for fact in facts for refund in fact.refunds),
        standings=(*ended, *stands),
        identities=facts[-1].identities if facts else {},
    )


def _signed(message: Message) -> int:
    return message.outer.signed_date
