"""Google Play's API on loopback: an access token for a signed JWT, then purchases, orders and voids.

What it answers is what somebody `put` there; it answers in Google's shapes and can fail (faults.py).
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from deploy.demo.faults import Faults
from deploy.demo.payloads.play_store_answers import Answer
from deploy.demo.serving import listening
from deploy.demo.signers.google import decoded

_ROOT = "/androidpublisher/v3/applications/{package}"
_BEARER = "Bearer "
_FOR_EVER = 10**15  # ms


@dataclass(slots=True, kw_only=True)
class GooglePlay:
    """`account`: the public key of the service account that may ask. `asked`: how often, by what.

    Each kind of thing by its name; `_before` keeps what the last change replaced.
    """

    package: str
    account: RSAPublicKey
    faults: Faults = field(default_factory=Faults)
    asked: Counter[str] = field(default_factory=Counter)
    _things: dict[tuple[str, str], Answer] = field(default_factory=dict)
    _before: dict[tuple[str, str], Answer] = field(default_factory=dict)
    _tokens: set[str] = field(default_factory=set)

    def put(self, kind: str, name: str, answer: Answer) -> None:
        """`kind`: subscriptions, products, orders or voids."""
        known = self._things.get((kind, name))
        if known is not None:
            self._before[kind, name] = known
        self._things[kind, name] = answer
        self.asked[f"{kind}/{name}"] = 0

    def find(self, kind: str, name: str) -> Answer | None:
        """As it is told now; counts as asked for."""
        self.asked[f"{kind}/{name}"] += 1
        now = self._things.get((kind, name))
        return self._before.get((kind, name), now) if self.faults.stale else now

    def all_of(self, kind: str) -> list[Answer]:
        return [answer for (of, _), answer in self._things.items() if of == kind]

    def allow(self, assertion: str) -> str:
        """An access token for a JWT that the account signed; "" for another."""
        head, payload, signature = assertion.split(".")
        try:
            self.account.verify(
                decoded(signature), f"{head}.{payload}".encode(), PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return ""
        token = f"ya29.{len(self._tokens)}"
        self._tokens.add(token)
        return token

    def allows(self, header: str) -> bool:
        return header.removeprefix(_BEARER) in self._tokens

    def revoke_tokens(self) -> None:
        """As when the account's key was withdrawn and given again."""
        self._tokens.clear()


def routes(play: GooglePlay) -> web.Application:
    """Google's paths alone."""
    app = web.Application()
    add_google_play(app, play)
    return app


def add_google_play(app: web.Application, play: GooglePlay) -> None:
    server = _Server(play)
    app.router.add_post("/token", server.token)
    app.router.add_get(_ROOT + "/purchases/subscriptionsv2/tokens/{name}", server.subscription)
    app.router.add_get(_ROOT + "/purchases/productsv2/tokens/{name}", server.product)
    app.router.add_get(_ROOT + "/purchases/voidedpurchases", server.voids)
    app.router.add_get(_ROOT + "/orders/{name}", server.order)
    app.router.add_get(_ROOT + "/orders:batchGet", server.orders)


@asynccontextmanager
async def serve_google_play(play: GooglePlay, host: str, port: int) -> AsyncIterator[str]:
    """Its address."""
    async with listening(routes(play), host, port) as address:
        yield address


class _Server:
    """One handler a call."""

    def __init__(self, play: GooglePlay) -> None:
        self._play = play

    async def token(self, request: web.Request) -> web.StreamResponse:
        failing = await self._play.faults.before()
        if failing is not None:
            return failing
        form = await request.post()
        token = self._play.allow(str(form["assertion"]))
        if not token:
            return web.json_response({"error": "invalid_grant"}, status=400)
        answer = {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}
        return web.json_response(answer)

    async def subscription(self, request: web.Request) -> web.StreamResponse:
        return await self._one(request, "subscriptions", gone=410)

    async def product(self, request: web.Request) -> web.StreamResponse:
        return await self._one(request, "products")

    async def order(self, request: web.Request) -> web.StreamResponse:
        return await self._one(request, "orders")

    async def orders(self, request: web.Request) -> web.StreamResponse:
        refused = await self._refused(request)
        if refused is not None:
            return refused
        found = [self._play.find("orders", name) for name in request.query.getall("orderIds")]
        if None in found:
            return web.json_response({"error": {"code": 404}}, status=404)
        return _json({"orders": found})

    async def voids(self, request: web.Request) -> web.StreamResponse:
        refused = await self._refused(request)
        if refused is not None:
            return refused
        start = int(request.query.get("startTime", "0"))
        end = int(request.query.get("endTime", _FOR_EVER))
        every = self._play.all_of("voids")
        voids = [one for one in every if start <= int(one["voidedTimeMillis"]) < end]
        return _json({"voidedPurchases": voids} if voids else {})

    async def _one(self, request: web.Request, kind: str, gone: int = 404) -> web.StreamResponse:
        """A name that was there and is no more ends in `-gone`."""
        refused = await self._refused(request)
        if refused is not None:
            return refused
        name = request.match_info["name"]
        found = self._play.find(kind, name)
        if found is None:
            status = gone if name.endswith("-gone") else 404
            return web.json_response({"error": {"code": status}}, status=status)
        return _json(found)

    async def _refused(self, request: web.Request) -> web.StreamResponse | None:
        failing = await self._play.faults.before(request.path)
        if failing is not None:
            return failing
        if not self._play.allows(request.headers.get("Authorization", "")):
            return web.json_response({"error": {"code": 401}}, status=401)
        if request.match_info["package"] != self._play.package:
            return web.json_response({"error": {"code": 403}}, status=403)
        return None


def _json(answer: Any) -> web.Response:
    return web.Response(body=orjson.dumps(answer), content_type="application/json")
