"""The purchase that a backend's post names: by a signed transaction, its original id, or any other."""

from streams.contracts.errors import MalformedError, WrongAppError
from streams.contracts.project import App
from streams.contracts.purchase import Pointer, PostedPurchase, Tracking
from streams.contracts.words import Environment
from streams.stores.app_store.claims import ENVIRONMENTS
from streams.stores.app_store.options import NAME, READER
from streams.stores.app_store.verify import check_age, verify_transaction
from streams.stores.moments import at_ms
from streams.stores.posted import pointed_at, tracked_in


def claim(posted: PostedPurchase, app: App) -> tuple[Tracking | Pointer, ...]:
    """A signed transaction names its environment; an original id is tracked in each that it may be;
    any other transaction's id leads to its original one through Apple's API."""
    if posted.looked_up_id is not None:
        return (pointed_at(posted.looked_up_id, posted, app, field=posted.looked_up_field),)
    if posted.signed_transaction is not None:
        return (_signed(posted, posted.signed_transaction, app),)
    if posted.purchase_id is None:
        raise MalformedError("a post without purchase_id and signed_transaction")
    said = (posted.environment,) if posted.environment else app.store(NAME).environments
    return tuple(tracked_in(environment, posted.purchase_id, posted) for environment in said)


def _signed(posted: PostedPurchase, token: str, app: App) -> Tracking:
    """A backend may have kept the token for as long as Apple's own history reaches back."""
    options = READER.of(app)
    transaction = verify_transaction(token, options)
    signed_at = at_ms(transaction.signed_date)
    check_age(signed_at, posted.received_at, options.max_age(replayed=True))
    environment = _environment(transaction.environment, posted, app)
    return tracked_in(environment, transaction.original_transaction_id, posted)


def _environment(signed: str, posted: PostedPurchase, app: App) -> Environment:
    environment = ENVIRONMENTS.get(signed)
    if environment is None or environment not in app.store(NAME).environments:
        raise WrongAppError(f"a transaction of environment {signed!r}", reason="environment")
    if posted.environment not in {None, environment}:
        raise WrongAppError(
            f"a transaction of environment {signed!r}, posted as {posted.environment}",
            reason="environment",
        )
    return environment
