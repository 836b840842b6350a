"""Apple's notification history: the same signed bodies that were pushed, and those that never arrived."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from msgspec import Struct

from streams.contracts.codec import write_json
from streams.contracts.project import App
from streams.contracts.step import Out
from streams.contracts.words import Environment
from streams.kafka.delay_steps import unix_ms
from streams.lookup.api import Ask, read
from streams.lookup.history.kept import Told, as_raw, patiently
from streams.observe import clock
from streams.stores.app_store.options import NAME

_PATH = "/inApps/v1/notifications/history"
_REACH = {Environment.PRODUCTION: timedelta(days=180), Environment.SANDBOX: timedelta(days=30)}


class _Item(Struct, frozen=True, kw_only=True, rename="camel"):
    signed_payload: str


class _Page(Struct, frozen=True, kw_only=True, rename="camel"):
    notification_history: tuple[_Item, ...] = ()
    has_more: bool = False
    pagination_token: str | None = None


class AppStoreHistory:
    """`apis`: by environment; the sandbox keeps less."""

    def __init__(self, app: App, apis: dict[Environment, Ask]) -> None:
        self._app = app
        self._apis = apis

    @property
    def reach(self) -> timedelta:
        return max(_REACH[environment] for environment in self._apis)

    async def pages(self, start: datetime, end: datetime) -> AsyncIterator[list[Out]]:
        for environment, api in self._apis.items():
            if clock.now() - start <= _REACH[environment]:
                async for page in self._of(api, environment, start, end):
                    yield page

    async def _of(
        self, api: Ask, environment: Environment, start: datetime, end: datetime
    ) -> AsyncIterator[list[Out]]:
        """The question stays the same from page to page."""
        content = write_json({"startDate": unix_ms(start), "endDate": unix_ms(end)})
        token: str | None = None
        while True:
            query = [("paginationToken", token)] if token else []
            body = await patiently(lambda q=query: api.post("history", _PATH, q, content))  # type: ignore[misc]
            page = read(body, _Page)
            yield [self._out(item, environment) for item in page.notification_history]
            token = page.pagination_token
            if not page.has_more or token is None:
                return

    def _out(self, item: _Item, environment: Environment) -> Out:
        """Named by its signature, which is its own."""
        signature = item.signed_payload.rpartition(".")[2]
        told = Told(
            name=signature[:43],
            environment=environment,
            body=write_json({"signedPayload": item.signed_payload}),
        )
        return as_raw(told, self._app, NAME, clock.now())
