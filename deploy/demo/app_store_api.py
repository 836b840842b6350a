"""The App Store Server API on loopback: transactions, the customer's history, statuses; signed by the demo's chain.

What it answers is what somebody `put` there: the claims of each transaction, and how it stands.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from deploy.demo.faults import Faults
from deploy.demo.payloads.app_store import Claims
from deploy.demo.signers.apple import AppleSigner
from deploy.demo.signers.google import decoded

_PAGE = 20
_UNKNOWN = 4040010
_BEARER = "Bearer "


@dataclass(slots=True, kw_only=True)
class Subscription:
    """`transactions` by id, oldest first. `status`: as in a notification; None: bought once."""

    transactions: dict[str, Claims] = field(default_factory=dict)
    renewal: Claims | None = None
    status: int | None = None


@dataclass(slots=True, kw_only=True)
class AppStoreApi:
    """`caller`: the public key of who may ask. `bought`: by original transaction id."""

    signer: AppleSigner
    caller: EllipticCurvePublicKey
    bundle_id: str
    faults: Faults = field(default_factory=Faults)
    asked: Counter[str] = field(default_factory=Counter)
    bought: dict[str, Subscription] = field(default_factory=dict)
    sent: list[Claims] = field(default_factory=list)

    def tell(self, notification: Claims) -> None:
        """What a notification's claims say holds from now on."""
        self.sent.append(notification)
        data = notification["data"]
        transaction = data["signedTransactionInfo"]
        own = self.bought.setdefault(transaction["originalTransactionId"], Subscription())
        if notification.get("subtype") == "UPGRADE":
            cut = list(own.transactions)[-1]
            own.transactions[cut] = own.transactions[cut] | {"isUpgraded": True}
        own.transactions[transaction["transactionId"]] = transaction
        if "signedRenewalInfo" in data:
            own.renewal, own.status = data["signedRenewalInfo"], data["status"]

    def find(self, transaction_id: str) -> Subscription | None:
        return next(
            (one for one in self.bought.values() if transaction_id in one.transactions), None
        )

    def allows(self, header: str) -> bool:
        """Whether the caller signed it for this app."""
        head, payload, signature = header.removeprefix(_BEARER).split(".")
        raw = decoded(signature)
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        try:
            self.caller.verify(
                encode_dss_signature(r, s), f"{head}.{payload}".encode(), ECDSA(SHA256())
            )
        except InvalidSignature:
            return False
        claims = orjson.loads(decoded(payload))
        return (claims["bid"], claims["aud"]) == (self.bundle_id, "appstoreconnect-v1")


@asynccontextmanager
async def serve_app_store(api: AppStoreApi, host: str, port: int) -> AsyncIterator[str]:
    """Its address."""
    app = web.Application()
    server = _Server(api)
    app.router.add_get("/inApps/v1/transactions/{id}", server.transaction)
    app.router.add_get("/inApps/v1/subscriptions/{id}", server.statuses)
    app.router.add_get("/inApps/v2/history/{id}", server.history)
    app.router.add_post("/inApps/v1/notifications/history", server.notifications)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class _Server:
    def __init__(self, api: AppStoreApi) -> None:
        self._api = api

    async def transaction(self, request: web.Request) -> web.StreamResponse:
        refused, own = await self._found(request)
        if own is None:
            return refused
        claims = own.transactions[request.match_info["id"]]
        return _json({"signedTransactionInfo": self._api.signer.sign(claims)})

    async def statuses(self, request: web.Request) -> web.StreamResponse:
        refused, own = await self._found(request)
        if own is None or own.renewal is None:
            return refused
        newest = list(own.transactions.values())[-1]
        last = {
            "originalTransactionId": newest["originalTransactionId"],
            "status": own.status,
            "signedTransactionInfo": self._api.signer.sign(newest),
            "signedRenewalInfo": self._api.signer.sign(own.renewal),
        }
        group = {"subscriptionGroupIdentifier": "20", "lastTransactions": [last]}
        return _json({"environment": newest["environment"], "data": [group]})

    async def history(self, request: web.Request) -> web.StreamResponse:
        """Pages of all that was bought, so that others' transactions come along."""
        refused, own = await self._found(request)
        if own is None:
            return refused
        every = [t for one in self._api.bought.values() for t in one.transactions.values()]
        start = int(request.query.get("revision", "0"))
        page = every[start : start + _PAGE]
        return _json(
            {
                "signedTransactions": [self._api.signer.sign(claims) for claims in page],
                "revision": str(start + len(page)),
                "hasMore": start + len(page) < len(every),
            }
        )

    async def notifications(self, request: web.Request) -> web.StreamResponse:
        """Pages of 20, the question the same from page to page."""
        if not self._api.allows(request.headers.get("Authorization", "")):
            return web.Response(status=401)
        asked = await request.json()
        kept = [
            one
            for one in self._api.sent
            if asked["startDate"] <= one["signedDate"] < asked["endDate"]
        ]
        start = int(request.query.get("paginationToken", "0"))
        page = kept[start : start + _PAGE]
        bodies = [orjson.loads(self._api.signer.body(one)) for one in page]
        more = start + len(page) < len(kept)
        answer = {"notificationHistory": bodies, "hasMore": more}
        return _json(answer | ({"paginationToken": str(start + len(page))} if more else {}))

    async def _found(self, request: web.Request) -> tuple[web.Response, Subscription | None]:
        """What to answer when there is none."""
        unknown = web.json_response({"errorCode": _UNKNOWN}, status=404)
        failing = await self._api.faults.before(request.path)
        if failing is not None:
            return failing, None
        if not self._api.allows(request.headers.get("Authorization", "")):
            return web.Response(status=401), None
        self._api.asked[request.path] += 1
        return unknown, self._api.find(request.match_info["id"])


def _json(answer: Any) -> web.Response:
    return web.Response(body=orjson.dumps(answer), content_type="application/json")
