"""Prove that Google pushed a message to this app's subscription.

The token proves the sender, not the body: within its hour a captured one would carry any body. So
what the body says is never believed; it only points at a purchase to ask Google's API about.
"""

from streams.contracts.errors import SignatureError, WrongAppError
from streams.contracts.project import App, Keyring
from streams.contracts.purchase import VerifiedPayload, verified
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment
from streams.stores.base import BOTH
from streams.stores.play_store.messages import (
    Message,
    message_id,
    occurred_ms,
    read_notice,
    read_push,
)
from streams.stores.play_store.options import NAME, READER, PlayStoreOptions
from streams.verify.oidc import verify_oidc

_SCHEME = "bearer "


def verify(raw: RawNotification, keyring: Keyring, app: App) -> VerifiedPayload:
    """Raise a RejectedError whose reason says what is wrong, or KeyMissingError."""
    options = READER.of(app)
    if not raw.pulled:
        _check_sender(raw, keyring, options)
    push = read_push(raw.body)
    if push.subscription != options.subscription:
        raise WrongAppError(f"pushed by {push.subscription!r}, not {options.subscription!r}")
    notice, member = read_notice(push.message)
    if notice.package_name != options.package_name:
        raise WrongAppError(f"of the app {notice.package_name!r}, not {options.package_name!r}")
    environments = _environments(raw, app)
    return verified(
        app_id=app.app_id,
        store=NAME,
        environments=environments,
        receipt_id=raw.receipt_id,
        received_at=raw.received_at,
        origin=raw.origin,
        content=Message(
            notice=notice,
            member=member,
            message_id=message_id(push.message),
            occurred_ms=occurred_ms(notice),
            environments=environments,
        ),
    )


def _check_sender(raw: RawNotification, keyring: Keyring, options: PlayStoreOptions) -> None:
    """What our own process pulled needs no token: it came by our credentials from the subscription."""
    if options.pull:
        raise SignatureError("pushed to an app that pulls: remove the push endpoint, or `pull`")
    sender = options.sender
    keys = keyring.published.get(sender.issuer, {})
    verify_oidc(_bearer(raw), sender, keys, raw.received_at)


def _bearer(raw: RawNotification) -> str:
    header = raw.request_header("authorization") or ""
    if not header.lower().startswith(_SCHEME):
        raise SignatureError("no bearer token: switch on authentication of the push subscription")
    return header[len(_SCHEME) :].strip()


def _environments(raw: RawNotification, app: App) -> tuple[Environment, ...]:
    """The message does not say which; those of its token and of the app, production first."""
    allowed = set(raw.environments).intersection(app.store(NAME).environments)
    if not allowed:
        raise WrongAppError("came to a token of another environment", reason="environment")
    return tuple(environment for environment in BOTH if environment in allowed)
