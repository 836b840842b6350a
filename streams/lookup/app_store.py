"""Asks the App Store: a transaction, the history of its customer, and how a subscription stands.

Production is asked first, as Apple advises, and the sandbox when it does not know the transaction.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from aiohttp import ClientSession

from streams.contracts.errors import RejectedError
from streams.contracts.project import App
from streams.contracts.purchase import Pointer
from streams.contracts.words import Environment
from streams.lookup.api import UNKNOWN, Api, Ask, read
from streams.lookup.asking import Found
from streams.lookup.history.app_store import AppStoreHistory
from streams.lookup.settings import ApiOptions, read_options
from streams.lookup.signed_jwt import SigningKey, p256_key, signed
from streams.observe import clock
from streams.settings.project_file import ApiSettings
from streams.settings.secret import Secret
from streams.stores.app_store.observe import (
    Answers,
    HistoryAnswer,
    LastTransaction,
    StatusesAnswer,
    TransactionAnswer,
    observation,
)
from streams.stores.app_store.options import NAME, READER
from streams.stores.app_store.verify import verify_transaction

_HOSTS = {
    Environment.PRODUCTION: "https://api.storekit.apple.com",
    Environment.SANDBOX: "https://api.storekit-sandbox.apple.com",
}
_RATES = {Environment.PRODUCTION: 50.0, Environment.SANDBOX: 5.0}
_AUDIENCE = "appstoreconnect-v1"
_LIFE = 1200  # seconds
_MOST_PAGES = 50  # of 20 transactions
_MOST_WAIT = timedelta(days=1)


class Options(ApiOptions, frozen=True, kw_only=True):
    """As App Store Connect shows them for an In-App Purchase key; `private_key`: the .p8 file.
    `sandbox_url`: as `url`, of the sandbox; None: the same."""

    key_id: str
    issuer_id: str
    private_key: Secret
    sandbox_url: str | None = None

    def address(self, environment: Environment) -> str:
        sandbox = self.sandbox_url if environment is Environment.SANDBOX else None
        return (sandbox or self.url or _HOSTS[environment]).rstrip("/")


def lookup(app: App, settings: ApiSettings, session: ClientSession) -> "AppStoreLookup":
    """Raise ConfigError when the settings can't be used."""
    options = read_options(settings, Options, demo=app.demo)
    own = READER.of(app)
    key = p256_key(options.private_key, f"{settings.path}.private_key")
    caller = _Caller(options, key, own.bundle_id)
    apis: dict[Environment, Ask] = {
        environment: Api(
            store=NAME,
            url=options.address(environment),
            session=session,
            authorize=caller.headers,
            rate=options.requests_per_second or _RATES[environment],
            retry_in=retry_in,
        )
        for environment in app.store(NAME).environments
    }
    return AppStoreLookup(app, apis)


class _Caller:
    """A token of its own for each request costs less than remembering one."""

    def __init__(self, options: Options, key: SigningKey, bundle_id: str) -> None:
        self._options = options
        self._key = key
        self._bundle_id = bundle_id

    async def headers(self) -> dict[str, str]:
        now = int(clock.now().timestamp())
        claims = {
            "iss": self._options.issuer_id,
            "iat": now,
            "exp": now + _LIFE,
            "aud": _AUDIENCE,
            "bid": self._bundle_id,
        }
        token = signed(self._key, {"kid": self._options.key_id}, claims)
        return {"Authorization": f"Bearer {token}"}


def retry_in(said: str) -> timedelta | None:
    """Apple says when, in unix milliseconds, not for how long."""
    if not (said.isascii() and said.isdigit()):
        return None
    wait = datetime.fromtimestamp(min(int(said), 10**14) / 1000, UTC) - clock.now()
    return min(max(wait, timedelta(seconds=1)), _MOST_WAIT)


class AppStoreLookup:
    """One app. `now` tells when an answer was given."""

    def __init__(
        self, app: App, apis: dict[Environment, Ask], now: Callable[[], datetime] = clock.now
    ) -> None:
        self._app = app
        self._apis = apis
        self._now = now
        self._options = READER.of(app)

    def history(self, secrets: tuple[str, ...]) -> AppStoreHistory:  # noqa: ARG002 - Apple has none
        return AppStoreHistory(self._app, self._apis)

    async def look_up(self, pointer: Pointer) -> Found:
        """Of the first environment that knows the transaction."""
        possible = [one for one in self._apis if one in pointer.environments]
        for environment in possible[:-1]:
            try:
                return await self._of(environment, pointer)
            except RejectedError as error:
                if error.reason != UNKNOWN:
                    raise
        if not possible:
            raise RejectedError("of no environment of the app", reason="environment")
        return await self._of(possible[-1], pointer)

    async def _of(self, environment: Environment, pointer: Pointer) -> Found:
        api, name = self._apis[environment], quote(pointer.purchase_id, safe="")
        body = await api.get("transactions", f"/inApps/v1/transactions/{name}")
        token = read(body, TransactionAnswer).signed_transaction_info
        named = verify_transaction(token, self._options)
        root = quote(named.original_transaction_id, safe="")
        last = await self._last(api, root) if named.expires_date is not None else None
        history = await self._history(api, root)
        answers = Answers(
            environment=environment,
            named=named,
            history=history,
            last=last,
            answered_at=self._now(),
        )
        seen = observation(pointer, self._options, answers)
        return Found(records=(seen,))

    async def _last(self, api: Ask, original_id: str) -> LastTransaction | None:
        body = await api.get("subscriptions", f"/inApps/v1/subscriptions/{original_id}")
        return read(body, StatusesAnswer).of(original_id)

    async def _history(self, api: Ask, original_id: str) -> list[str]:
        found: list[str] = []
        revision = ""
        for _ in range(_MOST_PAGES):
            query = [("sort", "ASCENDING"), *([("revision", revision)] if revision else [])]
            body = await api.get("history", f"/inApps/v2/history/{original_id}", query)
            page = read(body, HistoryAnswer)
            found += page.signed_transactions
            revision = page.revision
            if not page.has_more:
                break
        return found
