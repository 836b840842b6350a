"""Asks Google Play: subscriptions, products, their orders, and what was voided.

Also where its pushes' signing keys are published. What the answers mean is told in
streams/stores/play_store; here is only which of them are asked for, and in what order.
"""

from dataclasses import replace

from aiohttp import ClientSession

from streams.contracts.errors import RejectedError
from streams.contracts.ids import StoreName
from streams.contracts.project import App, Project
from streams.contracts.purchase import Pointer
from streams.contracts.words import Signal
from streams.lookup.api import Api
from streams.lookup.asking import Found
from streams.lookup.history.play_store import PlayStoreHistory
from streams.lookup.play_store_api import Answered, PlayStoreApi
from streams.lookup.service_account import ServiceAccount
from streams.lookup.settings import ApiOptions, read_options
from streams.lookup.single_flight import SingleFlight
from streams.settings.project_file import ApiSettings
from streams.settings.secret import Secret
from streams.stores.play_store import observe
from streams.stores.play_store.answers import Order
from streams.stores.play_store.options import GOOGLE, NAME, READER
from streams.stores.play_store.orders import refunds
from streams.stores.play_store.staleness import is_fresh, is_stale

_PATH = "/oauth2/v3/certs"
_GOOGLE_KEYS = f"https://www.googleapis.com{_PATH}"
_GOOGLE_API = "https://androidpublisher.googleapis.com"
_RATE = 50.0  # requests a second: 3,000 a minute of each quota
_MONEY_BACK = frozenset({Signal.REFUNDED, Signal.REVOKED})
_PRODUCT_TYPE = "2"  # of a voided purchase: one-time


class Options(ApiOptions, frozen=True, kw_only=True):
    """`service_account_key`: the JSON key of an account that may see orders and subscriptions."""

    service_account_key: Secret


def issuers(project: Project) -> dict[str, str]:
    """The address of the key set of each issuer that an app of the project uses."""
    used = {
        READER.of(app).issuer or GOOGLE
        for app in project.apps
        if any(store.store == NAME for store in app.stores)
    }
    return {
        issuer: _GOOGLE_KEYS if issuer == GOOGLE else f"{issuer.rstrip('/')}{_PATH}"
        for issuer in used
    }


def lookup(app: App, settings: ApiSettings, session: ClientSession) -> "PlayStoreLookup":
    """Raise ConfigError when the settings can't be used."""
    options = read_options(settings, Options, demo=app.demo)
    path = f"{settings.path}.service_account_key"
    account = ServiceAccount.of(options.service_account_key, path, session)
    api = Api(
        store=StoreName(NAME),
        url=(options.url or _GOOGLE_API).rstrip("/"),
        session=session,
        authorize=account.headers,
        rate=options.requests_per_second or _RATE,
        forget=account.forget,
    )
    return PlayStoreLookup(app, PlayStoreApi(api, READER.of(app).package_name))


class PlayStoreLookup:
    """A token is asked for once at a time; all who wait for it share the answer."""

    def __init__(self, app: App, api: PlayStoreApi) -> None:
        self._app = app
        self._api = api
        self._flight = SingleFlight[Answered]()

    def history(self, secrets: tuple[str, ...]) -> PlayStoreHistory:  # noqa: ARG002 - Google has none
        return PlayStoreHistory(self._app, self._api)

    async def look_up(self, pointer: Pointer) -> Found:
        if "pending_refund_token" in pointer.hint:
            order = await self._api.order(pointer.purchase_id)
            pointer = replace(pointer, purchase_id=_token_of(order))
        if _is_product(pointer):
            return await self._product(pointer)
        try:
            return await self._subscription(pointer)
        except RejectedError as error:
            if pointer.type.startswith("SUBSCRIPTION") or error.reason != "unknown_purchase":
                raise
            return await self._product(pointer)

    async def _subscription(self, pointer: Pointer) -> Found:
        token = pointer.purchase_id
        seen, chain, answered_at = await self._flight.ask(
            token, lambda: self._api.subscription(token)
        )
        if _wants_voids(pointer) and is_stale(pointer, seen, answered_at):
            seen = seen._replace(voids=await self._api.voids(pointer))
        records = observe.subscription(pointer, seen, chain, answered_at)
        return Found(records=records, stale=is_stale(pointer, seen, answered_at))

    async def _product(self, pointer: Pointer) -> Found:
        answer = await self._api.product(pointer.purchase_id)
        orders = await self._api.orders((answer.order_id,)) if answer.order_id else ()
        answered_at = self._api.now()
        missing = _wants_voids(pointer) and not refunds(orders, ())
        voids = await self._api.voids(pointer) if missing else ()
        stale = missing and not voids and is_fresh(pointer, answered_at)
        records = observe.product(pointer, answer, orders, voids, answered_at)
        return Found(records=records, stale=stale)


def _is_product(pointer: Pointer) -> bool:
    return pointer.type.startswith("ONE_TIME") or pointer.hint.get("product_type") == _PRODUCT_TYPE


def _wants_voids(pointer: Pointer) -> bool:
    return pointer.signal in _MONEY_BACK


def _token_of(order: Order) -> str:
    if not order.purchase_token:
        raise RejectedError("an order without its purchase", reason="unknown_purchase")
    return order.purchase_token
