"""Prove that Apple signed a notification, for this app, in an environment of the token.

Anybody can make sandbox purchases, and one leaf signs for every developer: environment and app are
compared as strictly as the signature. The nested tokens are verified in the same way, not only by
being inside the outer one.
"""

from datetime import datetime, timedelta

from streams.contracts import codec
from streams.contracts.errors import MalformedError, SignatureError, WrongAppError
from streams.contracts.project import App
from streams.contracts.purchase import VerifiedPayload, verified
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment, Origin
from streams.stores.app_store.claims import (
    ENVIRONMENTS,
    AppTransaction,
    Body,
    Message,
    Outer,
    Renewal,
    Subject,
    Transaction,
)
from streams.stores.app_store.options import MAX_AHEAD, NAME, READER, AppStoreOptions
from streams.stores.moments import at_ms
from streams.verify.jws import verify_jws


def verify(raw: RawNotification, app: App) -> VerifiedPayload:
    """Raise a RejectedError whose reason says what is wrong."""
    options = READER.of(app)
    outer = verify_jws(_signed_payload(raw.body), options.policy, Outer, _signed_at)
    _check_age(outer, raw, options)
    subject = outer.subject
    if subject is None:
        raise MalformedError("a notification without a member that names its app")
    environment = _environment(subject, options)
    if environment not in raw.environments or environment not in app.store(NAME).environments:
        raise WrongAppError(f"{environment} came to a token of another", reason="environment")
    message = Message(
        outer=outer,
        environment=environment,
        transaction=_transaction(outer, options),
        renewal=_renewal(outer, options),
    )
    _check_nested(message)
    _check_app_transaction(outer, options)
    return verified(
        app_id=app.app_id,
        store=NAME,
        environments=(environment,),
        receipt_id=raw.receipt_id,
        received_at=raw.received_at,
        origin=raw.origin,
        content=message,
    )


def verify_transaction(token: str, options: AppStoreOptions) -> Transaction:
    """The claims of a signed transaction of this app, as of its own time."""
    transaction = verify_jws(token, options.policy, Transaction, _transaction_signed_at)
    _check_bundle(transaction.bundle_id, options)
    return transaction


def verify_renewal(token: str, options: AppStoreOptions) -> Renewal:
    """The claims of signed renewal info, as of its own time; it names no app."""
    return verify_jws(token, options.policy, Renewal, _renewal_signed_at)


def check_age(signed_at: datetime, received_at: datetime, oldest: timedelta) -> None:
    """Raise SignatureError, reason `age`, for what was signed long before or well after."""
    if not -MAX_AHEAD <= received_at - signed_at <= oldest:
        raise SignatureError(
            f"signed at {signed_at.isoformat()}, received at {received_at.isoformat()}: "
            f"at most {oldest.days} days may lie between",
            reason="age",
        )


def _signed_payload(body: bytes) -> str:
    parsed = codec.decode(body, Body)
    if parsed.signed_payload is not None:
        return parsed.signed_payload
    if parsed.notification_type is not None:
        raise MalformedError(
            "a notification of version 1, which nobody signs: choose version 2 under App "
            "Information, App Store Server Notifications, in App Store Connect",
            reason="apple_v1",
        )
    raise MalformedError("a body without signedPayload")


def _signed_at(outer: Outer) -> datetime:
    return at_ms(outer.signed_date)


def _transaction_signed_at(transaction: Transaction) -> datetime:
    return at_ms(transaction.signed_date)


def _renewal_signed_at(renewal: Renewal) -> datetime:
    return at_ms(renewal.signed_date)


def _app_transaction_signed_at(transaction: AppTransaction) -> datetime:
    return at_ms(transaction.receipt_creation_date)


def _check_age(outer: Outer, raw: RawNotification, options: AppStoreOptions) -> None:
    """Whoever holds an expired or revoked key could date a message back to its time."""
    check_age(
        at_ms(outer.signed_date),
        raw.received_at,
        options.max_age(replayed=raw.origin is not Origin.NOTIFICATION),
    )


def _environment(subject: Subject, options: AppStoreOptions) -> Environment:
    environment = ENVIRONMENTS.get(subject.environment)
    if environment is None:  # Xcode and LocalTesting sign with keys of their own
        raise WrongAppError(f"environment {subject.environment!r}", reason="environment")
    _check_bundle(subject.bundle_id, options)
    if environment is Environment.PRODUCTION and subject.app_apple_id != options.app_apple_id:
        raise WrongAppError(f"of the app with number {subject.app_apple_id}")
    return environment


def _check_bundle(bundle_id: str, options: AppStoreOptions) -> None:
    if bundle_id != options.bundle_id:
        raise WrongAppError(f"of the app {bundle_id!r}, not {options.bundle_id!r}")


def _transaction(outer: Outer, options: AppStoreOptions) -> Transaction | None:
    token = outer.data.signed_transaction_info if outer.data else None
    return None if token is None else verify_transaction(token, options)


def _renewal(outer: Outer, options: AppStoreOptions) -> Renewal | None:
    token = outer.data.signed_renewal_info if outer.data else None
    return None if token is None else verify_renewal(token, options)


def _check_nested(message: Message) -> None:
    transaction, renewal = message.transaction, message.renewal
    for nested in (transaction, renewal):
        if nested is not None and ENVIRONMENTS.get(nested.environment) is not message.environment:
            raise WrongAppError(
                f"nested claims of environment {nested.environment!r}", reason="environment"
            )
    if transaction is None or renewal is None:
        return
    if renewal.original_transaction_id != transaction.original_transaction_id:
        raise WrongAppError("renewal info of another purchase than the transaction beside it")


def _check_app_transaction(outer: Outer, options: AppStoreOptions) -> None:
    if outer.app_data is None or outer.app_data.signed_app_transaction_info is None:
        return
    token = outer.app_data.signed_app_transaction_info
    claims = verify_jws(token, options.policy, AppTransaction, _app_transaction_signed_at)
    _check_bundle(claims.bundle_id, options)
    if claims.receipt_type != outer.app_data.environment:
        raise WrongAppError(
            f"an app transaction of environment {claims.receipt_type!r}", reason="environment"
        )
