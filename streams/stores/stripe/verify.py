"""Prove that Stripe sent an event to this endpoint, in the mode of its token."""

from streams.contracts import codec
from streams.contracts.errors import SignatureError, UnknownAppError, WrongAppError
from streams.contracts.project import App, Keyring
from streams.contracts.purchase import VerifiedPayload, verified
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment
from streams.stores.stripe.events import Event, Message
from streams.stores.stripe.options import NAME, READER
from streams.verify.signed_header import verify_signed_header


def verify(raw: RawNotification, keyring: Keyring, app: App) -> VerifiedPayload:
    """Raise a RejectedError whose reason says what is wrong."""
    options = READER.of(app)
    header = raw.request_header("stripe-signature")
    if header is None:
        raise SignatureError("no header Stripe-Signature")
    secrets = keyring.secrets.get((app.app_id, NAME), ())
    if not secrets:
        raise UnknownAppError(f"app {app.app_id!r} has no Stripe signing secret in this project")
    verify_signed_header(header, raw.body, secrets, raw.received_at)
    event = codec.decode(raw.body, Event)
    if options.account is not None and event.account != options.account:
        raise WrongAppError(f"of account {event.account!r}, not {options.account!r}")
    environment = _environment(event, raw, app)
    return verified(
        app_id=app.app_id,
        store=NAME,
        environments=(environment,),
        receipt_id=raw.receipt_id,
        received_at=raw.received_at,
        origin=raw.origin,
        content=Message(event, environment),
    )


def _environment(event: Event, raw: RawNotification, app: App) -> Environment:
    environment = Environment.PRODUCTION if event.livemode else Environment.SANDBOX
    if environment not in raw.environments or environment not in app.store(NAME).environments:
        raise WrongAppError(f"{environment} came to a token of another", reason="environment")
    return environment
