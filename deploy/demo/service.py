"""The running service as the demo's stores, backend and analyst see it: over its public HTTP routes.

A store posts again what was not answered 200, for as long as it takes; so does this one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import aiohttp
import orjson

from deploy.demo import put
from deploy.demo.happening import APP_STORE, PLAY_STORE, STRIPE, Happening, Tracked
from deploy.demo.posts import Message, puts
from deploy.demo.put import Put
from deploy.demo.receipts import Receipts
from streams.settings.secret import Secret

Answer = dict[str, Any]
_OK, _ACCEPTED, _BUSY = 200, 202, 503
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 3.0  # seconds
_RESTARTED_WITHIN = 30.0
_LATER = 15  # Retry-After: a due purchase is given up for now after nine of them
_TIMEOUT = aiohttp.ClientTimeout(total=15)
_AT_ONCE = 200  # purchases in one post, happenings in one put
_Make = Callable[[], tuple[bytes, dict[str, str]]]
_ID_FIELDS = {
    APP_STORE: "original_transaction_id",
    PLAY_STORE: "purchase_token",
    STRIPE: "subscription_id",
}


class RefusedError(Exception):
    """The service answered what it should not; the text has its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    notifications: str
    api: str
    charts: str
    receiver: str
    stores: str


@dataclass(slots=True, kw_only=True)
class Posted:
    """`again`: posts that were not answered 200 and were repeated."""

    receipts: list[str] = field(default_factory=list)
    again: int = 0


class Service:
    """Use it inside `async with`. `posted` counts what was answered 200."""

    def __init__(
        self,
        addresses: Addresses,
        tokens: dict[str, str],
        backend_key: str,
        charts_key: Secret | None = None,
    ) -> None:
        self.addresses = addresses
        self.posted = Posted()
        self._tokens = tokens
        self._backend = {
            "Authorization": f"Bearer {backend_key}",
            "Content-Type": "application/json",
        }
        self._charts = (
            {"Authorization": f"Bearer {charts_key.reveal()}"} if charts_key is not None else {}
        )
        self._session: aiohttp.ClientSession | None = None
        self._receipts = Receipts(self.query)

    async def __aenter__(self) -> "Service":
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT, connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    def route(self, store: str) -> str:
        """Where the store posts to."""
        return f"{self.addresses.notifications}/v1/notifications/{store}/{self._tokens[store]}"

    async def post(self, message: Message) -> str:
        """Until it is answered 200; the receipt's id.

        What Google's API will not show any more later is waited for until it was asked.
        """
        await self._put(message.puts)
        url = self.route(message.store)
        answer = await self._insist(
            url, lambda: (message.body, message.headers(datetime.now(UTC))), _OK
        )
        receipt = str(orjson.loads(answer)["receipt_id"])
        self.posted.receipts.append(receipt)
        if message.fleeting:
            await self._receipts.settled(receipt)
        return receipt

    async def track(self, first: Sequence[Happening]) -> None:
        """The backend posts whose purchases these are, each by the first that happened to it.

        Google's API knows it by then, of the late ones all that happened.
        """
        at_start = [one for one in first if one.subscription.tracked is Tracked.AT_START]
        await self.know([one for one in at_start if one.subscription.store == PLAY_STORE])
        url = f"{self.addresses.api}/v1/purchases"
        for start in range(0, len(first), _AT_ONCE):
            body = orjson.dumps([_purchase(one) for one in first[start : start + _AT_ONCE]])
            await self._insist(url, partial(_same, body, self._backend), _ACCEPTED)

    async def know(self, happenings: Sequence[Happening]) -> None:
        """The stores' APIs know it, and nothing is said of it yet."""
        for start in range(0, len(happenings), _AT_ONCE):
            some = happenings[start : start + _AT_ONCE]
            await self._put([one for happening in some for one in puts(happening)])

    @asynccontextmanager
    async def unasked(self) -> AsyncIterator[None]:
        """Apple's and Stripe's APIs have no time meanwhile: the past is posted as if it were news, and
        an answer about the present in the middle of it would be told before what led to it."""
        for store in (APP_STORE, STRIPE):
            await self.fail(store, throttled=_LATER)
        yield
        for store in (APP_STORE, STRIPE):
            await self.fail(store)

    async def fail(self, store: str, **faults: object) -> None:
        """The store's API, as its members say (faults.py); without any it is well again."""
        url = f"{self.addresses.stores}/demo/faults/{store}"
        await self._ask("PUT", url, data=orjson.dumps(faults))

    async def _put(self, known: Sequence[Put]) -> None:
        if known:
            body = orjson.dumps([list(one) for one in known])
            await self._ask("PUT", f"{self.addresses.stores}{put.PATH}", data=body)

    async def get(self, url: str, **query: str) -> Any:
        """The JSON of an answer; raise RefusedError when it is not 200."""
        return orjson.loads(await self._ask("GET", url, params=query))

    async def query(self, sql: str) -> list[Answer]:
        """Rows of ClickHouse, by column name."""
        body = await self._ask("POST", f"{self.addresses.charts}/v1/query", json={"sql": sql})
        told = orjson.loads(body)
        names = [column["name"] for column in told["columns"]]
        return [dict(zip(names, row, strict=True)) for row in told["rows"]]

    async def _ask(self, method: str, url: str, **given: Any) -> bytes:
        """Until it is answered, or nobody is there for a while: who ended is started again."""
        deadline = time.monotonic() + _RESTARTED_WITHIN
        asked = self._charts if url.startswith(f"{self.addresses.charts}/") else {}
        while True:
            try:
                async with self._http.request(method, url, headers=asked, **given) as answer:
                    body, status = await answer.read(), answer.status
            except (TimeoutError, aiohttp.ClientConnectionError) as error:
                body, status = str(error).encode(), _BUSY
            if status == _OK:
                return body
            if status != _BUSY or time.monotonic() > deadline:
                raise RefusedError(f"{method} {url}: {status} {body[:300]!r}")
            await asyncio.sleep(_FIRST_WAIT)

    async def received(self) -> Answer:
        """What the demo's receiver of webhooks tells."""
        told: Answer = await self.get(self.addresses.receiver)
        return told

    async def _insist(self, url: str, make: _Make, wanted: int) -> bytes:
        """Post until it is taken. The service's own outage is 503, or nobody there."""
        wait = _FIRST_WAIT
        while True:
            body, headers = make()
            try:
                async with self._http.post(url, data=body, headers=headers) as answer:
                    said = await answer.read()
            except (TimeoutError, aiohttp.ClientConnectionError):
                said, status = b"", _BUSY
            else:
                status = answer.status
            if status == wanted:
                return said
            if status != _BUSY:
                raise RefusedError(f"POST {url}: {status} {said[:300]!r}")
            self.posted.again += 1
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    @property
    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use Service inside `async with`")
        return self._session


def _same(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    return body, headers


def _purchase(happening: Happening) -> Answer:
    subscription, price = happening.subscription, happening.term.price
    return {
        "app_user_id": subscription.customer,
        "store": subscription.store,
        _ID_FIELDS[subscription.store]: subscription.id,
        "environment": subscription.environment,
        "price": price.micros / 1_000_000,
        "currency": price.currency,
    }
