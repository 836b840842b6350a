"""Asks Stripe: a subscription, its paid invoices, their payments, and what of these went back.

What is posted or points here may be named by an item, a Checkout Session, an invoice or a payment:
each leads to its subscription, which is the purchase.
"""

from collections.abc import Callable
from datetime import datetime

from aiohttp import ClientSession

from streams.contracts.errors import ConfigError, CredentialsRefusedError, RejectedError
from streams.contracts.project import App
from streams.contracts.purchase import Pointer
from streams.contracts.words import Environment
from streams.lookup.api import UNKNOWN, Api, Get
from streams.lookup.asking import Found
from streams.lookup.history.stripe import StripeHistory
from streams.lookup.settings import ApiOptions, read_options
from streams.lookup.stripe_api import StripeApi
from streams.observe import clock
from streams.settings.project_file import ApiSettings
from streams.settings.secret import Secret
from streams.stores.stripe.observe import observed, sold
from streams.stores.stripe.options import NAME

_URL = "https://api.stripe.com"
_VERSION = "2025-03-31.basil"  # the shape of an answer; both shapes are read
_RATES = {Environment.PRODUCTION: 80.0, Environment.SANDBOX: 20.0}
_ASKING = ("rk_", "sk_")  # a publishable key (pk_...) may read nothing
_OTHER_MODE = {Environment.PRODUCTION: "_test_", Environment.SANDBOX: "_live_"}


class Options(ApiOptions, frozen=True, kw_only=True):
    """A restricted key (rk_...) is enough that may read subscriptions and their schedules, invoices,
    payments, charges, the balance, Checkout Sessions, refunds and disputes; `test_api_key`: of the
    sandbox."""

    api_key: Secret | None = None
    test_api_key: Secret | None = None


def lookup(app: App, settings: ApiSettings, session: ClientSession) -> "StripeLookup":
    """Raise ConfigError when the settings can't be used."""
    options = read_options(settings, Options, demo=app.demo)
    keys = {
        Environment.PRODUCTION: options.api_key,
        Environment.SANDBOX: options.test_api_key,
    }
    if not any(keys.values()):
        raise ConfigError(f"{settings.path}: set api_key, test_api_key, or both")
    for environment, key in keys.items():
        _check_key(key, environment, settings.path)
    apis: dict[Environment, Get] = {
        environment: Api(
            store=NAME,
            url=(options.url or _URL).rstrip("/"),
            session=session,
            authorize=_Caller(key).headers,
            rate=options.requests_per_second or _RATES[environment],
        )
        for environment, key in keys.items()
        if key is not None
    }
    return StripeLookup(app, apis)


def _check_key(key: Secret | None, environment: Environment, path: str) -> None:
    """A key of the other mode knows none of these purchases, and each would be refused for ever."""
    if key is None:
        return
    name = "api_key" if environment is Environment.PRODUCTION else "test_api_key"
    if not key.reveal().startswith(_ASKING):
        raise ConfigError(f"{path}.{name}: is no key that may ask: those begin with rk_ or sk_")
    if _OTHER_MODE[environment] in key.reveal():
        raise ConfigError(
            f"{path}.{name}: is a key of the other mode: api_key is live, test_api_key the sandbox's"
        )


class _Caller:
    """Whose key goes with each request."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    async def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key.reveal()}", "Stripe-Version": _VERSION}


class StripeLookup:
    """One app. `now` tells when an answer was given."""

    def __init__(
        self, app: App, apis: dict[Environment, Get], now: Callable[[], datetime] = clock.now
    ) -> None:
        self._app = app
        self._apis = apis
        self._now = now

    def history(self, secrets: tuple[str, ...]) -> StripeHistory:
        return StripeHistory(self._app, self._apis, secrets[0])

    async def look_up(self, pointer: Pointer) -> Found:
        """In the first environment that knows the id."""
        possible = [one for one in self._apis if one in pointer.environments]
        if not possible:
            raise CredentialsRefusedError(
                f"no key of Stripe for {' or '.join(pointer.environments)}"
            )
        for environment in possible[:-1]:
            try:
                return await self._of(environment, pointer)
            except RejectedError as error:
                if error.reason != UNKNOWN:
                    raise
        return await self._of(possible[-1], pointer)

    async def _of(self, environment: Environment, pointer: Pointer) -> Found:
        api = StripeApi(self._apis[environment])
        session = await api.payment(pointer.purchase_id)
        if session is not None:
            records = sold(pointer, self._app, environment, session, self._now())
            return Found(records=records)
        name = await api.subscription_of(pointer.purchase_id)
        answers = [one async for one in api.all_of(name)]
        records = observed(pointer, self._app, environment, answers, self._now())
        return Found(records=records)
