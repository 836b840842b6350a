"""POST /v1/notifications/{store}/{token}: a store reads 200 when its notification is in Kafka.

The token says whose it is; the body is never parsed: its bytes become the record's value, all else
its headers. Our own trouble is 503, never 4xx, so that the store sends it again.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus

import structlog
from aiohttp import web

from ingress.bodies import read_body
from ingress.config import Limits
from ingress.headers import kept_headers
from ingress.limits import InFlight, TokenLimits
from ingress.publisher import Publisher
from ingress.receipt_ids import new_receipt_id
from ingress.refusal import JSON_HEADERS, Refusal, busy
from ingress.unknown import UnknownTokens
from streams.contracts.ids import ReceiptId, StoreName
from streams.contracts.raw import RequestHeaders, envelope_headers
from streams.contracts.step import Headers, Out
from streams.contracts.stores import BY_NAME, Store
from streams.contracts.topics import RAW
from streams.contracts.words import Origin
from streams.observe import clock, metrics
from streams.observe.connections import reading, received
from streams.settings.doors import TokenBinding

_ROUTE = "/v1/notifications/"
_MEASURE = 1.0  # seconds
_ALIVE = b'{"status":"alive, waiting for POST"}'
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    """One token's route. `token`: its hash; the token itself is forgotten at once."""

    store: Store
    token: str
    binding: TokenBinding


class Notifications:
    """Answers every request of the public port."""

    def __init__(
        self,
        tokens: Mapping[str, TokenBinding],
        publisher: Publisher,
        unknown: UnknownTokens,
        limits: Limits,
    ) -> None:
        self._doors = {
            token: _Door(store=BY_NAME[binding.store], token=token, binding=binding)
            for token, binding in tokens.items()
        }
        self._publisher = publisher
        self._unknown = unknown
        self._header_bytes = limits.header_bytes
        self._token_limits = TokenLimits(limits)
        self._in_flight = InFlight(limits.in_flight_bytes)

    async def measure_on(self) -> None:
        """Tell how much is in memory, for ever."""
        while True:
            metrics.gauge("ingress_in_flight_bytes", self._in_flight.bytes)
            await asyncio.sleep(_MEASURE)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """What the sender gets; every refusal of `_receive` becomes its answer here."""
        reading(request)
        started = clock.monotonic()
        store, token = _route(request)
        label = store if store in BY_NAME else "-"
        try:
            response = await self._receive(request, store, token)
        except Refusal as refusal:
            metrics.count("ingress_refused", store=label, why=refusal.why)
            response = refusal.response()
        except ConnectionError:  # the sender went away; there is nobody to answer
            raise
        except Exception:  # noqa: BLE001 - a defect of ours: logged, and the store sends it again
            _log.exception("notification_not_received", store=label)
            response = busy("not stored; send it again", why="bug").response()
        metrics.count("ingress_requests", store=label, status=str(response.status))
        metrics.observe("ingress_seconds", clock.monotonic() - started, store=label)
        return response

    async def _receive(self, request: web.BaseRequest, store: str, token: str) -> web.Response:
        door = self._door(request, store, token)
        if request.method in {"GET", "HEAD"}:
            received(request)
            return _ok(_ALIVE)
        _check_method_and_encoding(request)
        headers = kept_headers(request, self._header_bytes)
        now = clock.now()
        self._token_limits.admit(door.token, now=now, monotonic=clock.monotonic())
        body = await read_body(request, cap=door.store.body_cap, in_flight=self._in_flight)
        received(request)
        try:
            self._token_limits.add(door.token, len(body))
            receipt_id = new_receipt_id(now)
            envelope = _envelope(door.binding, receipt_id, now, headers)
            await self._publisher.publish(Out(topic=RAW, key=None, value=body, headers=envelope))
        finally:
            self._in_flight.give(len(body))
        return _ok(b'{"receipt_id":"%b"}' % receipt_id.encode())

    def _door(self, request: web.BaseRequest, name: str, token: str) -> _Door:
        store = BY_NAME.get(StoreName(name))
        if store is None:
            raise _not_found("not here: POST /v1/notifications/{store}/{token}", why="route")
        # Found by its hash, so that the time it takes tells nothing of the tokens there are.
        door = self._doors.get(sha256(token.encode(errors="surrogateescape")).hexdigest())
        if door is None or door.store is not store:
            if request.method == "POST":
                self._unknown.count(store.name)
            raise _not_found("no app has this token: compare the whole URL", why="token")
        return door


def _route(request: web.BaseRequest) -> tuple[str, str]:
    """Store and token as the path names them; two empty strings when it is another path."""
    path = request.raw_path.partition("?")[0]
    if not path.startswith(_ROUTE):
        return "", ""
    store, _, token = path[len(_ROUTE) :].partition("/")
    return store, token


def _check_method_and_encoding(request: web.BaseRequest) -> None:
    if request.method != "POST":
        raise Refusal(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "POST a notification here",
            why="method",
            headers={"Allow": "GET, HEAD, POST"},
        )
    if "Content-Encoding" in request.headers:
        # Signatures are over the bytes as sent, and what inflates has no size that can be capped.
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise Refusal(status, "send the body as it is, without Content-Encoding", why="encoding")


def _envelope(
    binding: TokenBinding, receipt_id: ReceiptId, now: datetime, headers: RequestHeaders
) -> Headers:
    return envelope_headers(
        receipt_id=receipt_id,
        app_id=binding.app_id,
        store=binding.store,
        environments=binding.environments,
        token_hint=binding.hint,
        received_at=now,
        origin=Origin.NOTIFICATION,
        request_headers=headers,
    )


def _not_found(text: str, *, why: str) -> Refusal:
    return Refusal(HTTPStatus.NOT_FOUND, text, why=why)


def _ok(body: bytes) -> web.Response:
    return web.Response(body=body, headers=JSON_HEADERS)
