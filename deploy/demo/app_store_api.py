"""The App Store Server API on loopback: transactions, the customer's history, statuses; signed by the demo's chain.

What it answers is what notifications told: the claims of each transaction, and how it stands. Each
environment knows its own purchases alone; the sandbox, a host of its own at Apple, is under /sandbox.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from deploy.demo.faults import Faults
from deploy.demo.payloads.app_store import Claims, milliseconds
from deploy.demo.serving import listening
from deploy.demo.signers.apple import AppleSigner
from deploy.demo.signers.google import decoded

_PAGE = 20
_UNKNOWN = 4040010
_BEARER = "Bearer "
_SANDBOX_PATH = "/sandbox"
_HOSTS = {"": "Production", _SANDBOX_PATH: "Sandbox"}


@dataclass(slots=True, kw_only=True)
class Purchase:
    """`transactions` by id, oldest first. `status`: as in a notification; None: bought once."""

    transactions: dict[str, Claims] = field(default_factory=dict)
    renewal: Claims | None = None
    status: int | None = None

    @property
    def newest(self) -> Claims:
        return list(self.transactions.values())[-1]


@dataclass(slots=True, kw_only=True)
class AppStoreApi:
    """`caller`: the public key of who may ask. `bought`: by original transaction id. `sent`: what was
    told, by its UUID."""

    signer: AppleSigner
    caller: EllipticCurvePublicKey
    bundle_id: str
    faults: Faults = field(default_factory=Faults)
    asked: Counter[str] = field(default_factory=Counter)
    bought: dict[str, Purchase] = field(default_factory=dict)
    sent: dict[str, Claims] = field(default_factory=dict)
    _roots: dict[str, str] = field(default_factory=dict)
    _bodies: dict[str, bytes] = field(default_factory=dict)

    def tell(self, notification: Claims) -> None:
        """What a notification's claims say holds from now on; told again it changes nothing."""
        if notification["notificationUUID"] in self.sent:
            return
        self.sent[notification["notificationUUID"]] = notification
        data = notification["data"]
        transaction = data["signedTransactionInfo"]
        root = transaction["originalTransactionId"]
        own = self.bought.setdefault(root, Purchase())
        if notification.get("subtype") == "UPGRADE":
            cut = list(own.transactions)[-1]
            own.transactions[cut] = own.transactions[cut] | {"isUpgraded": True}
        own.transactions[transaction["transactionId"]] = transaction
        self._roots[transaction["transactionId"]] = root
        if "signedRenewalInfo" in data:
            own.renewal, own.status = data["signedRenewalInfo"], data["status"]

    def know(self, root: str, own: Purchase) -> None:
        """As it stands from now on; `root` is its original transaction id."""
        self.bought[root] = own
        self._roots.update(dict.fromkeys(own.transactions, root))

    def find(self, transaction_id: str, environment: str) -> Purchase | None:
        own = self.bought.get(self._roots.get(transaction_id, ""))
        return own if own is not None and own.newest["environment"] == environment else None

    def all_of_customer(self, own: Purchase) -> list[Claims]:
        """Of every purchase of whoever bought this one, by the id that Apple gives them in an app."""
        bought_by = own.newest["appTransactionId"]
        every = (t for one in self.bought.values() for t in one.transactions.values())
        return [claims for claims in every if claims["appTransactionId"] == bought_by]

    def sent_between(self, start: int, end: int, environment: str) -> list[Claims]:
        """`start`, `end`: unix milliseconds."""
        return [
            one
            for one in self.sent.values()
            if start <= one["signedDate"] < end and one["data"]["environment"] == environment
        ]

    def body(self, notification: Claims) -> bytes:
        """As it was posted: signed once."""
        name = notification["notificationUUID"]
        if name not in self._bodies:
            self._bodies[name] = self.signer.body(notification)
        return self._bodies[name]

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


def add_app_store(app: web.Application, api: AppStoreApi) -> None:
    """Apple's paths."""
    for host, environment in _HOSTS.items():
        server = _Server(api, environment)
        app.router.add_get(f"{host}/inApps/v1/transactions/{{id}}", server.transaction)
        app.router.add_get(f"{host}/inApps/v1/subscriptions/{{id}}", server.statuses)
        app.router.add_get(f"{host}/inApps/v2/history/{{id}}", server.history)
        app.router.add_post(f"{host}/inApps/v1/notifications/history", server.notifications)


@asynccontextmanager
async def serve_app_store(api: AppStoreApi, host: str, port: int) -> AsyncIterator[str]:
    """Its address."""
    app = web.Application()
    add_app_store(app, api)
    async with listening(app, host, port) as address:
        yield address


class _Server:
    """Of one environment."""

    def __init__(self, api: AppStoreApi, environment: str) -> None:
        self._api = api
        self._environment = environment

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
        newest = own.newest
        last = {
            "originalTransactionId": newest["originalTransactionId"],
            "status": own.status,
            "signedTransactionInfo": self._api.signer.sign(newest),
            "signedRenewalInfo": self._api.signer.sign(own.renewal),
        }
        group = {"subscriptionGroupIdentifier": "20", "lastTransactions": [last]}
        return _json({"environment": newest["environment"], "data": [group]})

    async def history(self, request: web.Request) -> web.StreamResponse:
        """Pages of all that the customer bought: other purchases come along."""
        refused, own = await self._found(request)
        if own is None:
            return refused
        every = self._api.all_of_customer(own)
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
        refused = await self._refused(request)
        if refused is not None:
            return refused
        asked = await request.json()
        kept = self._api.sent_between(asked["startDate"], asked["endDate"], self._environment)
        start = int(request.query.get("paginationToken", "0"))
        page = kept[start : start + _PAGE]
        bodies = [orjson.loads(self._api.body(one)) for one in page]
        more = start + len(page) < len(kept)
        answer = {"notificationHistory": bodies, "hasMore": more}
        return _json(answer | ({"paginationToken": str(start + len(page))} if more else {}))

    async def _found(self, request: web.Request) -> tuple[web.Response, Purchase | None]:
        """What to answer when there is none."""
        refused = await self._refused(request)
        if refused is not None:
            return refused, None
        unknown = web.json_response({"errorCode": _UNKNOWN}, status=404)
        return unknown, self._api.find(request.match_info["id"], self._environment)

    async def _refused(self, request: web.Request) -> web.Response | None:
        failing = await self._api.faults.before(request.path)
        if failing is not None:
            return _as_apple_says(failing)
        self._api.asked[request.path] += 1
        allowed = self._api.allows(request.headers.get("Authorization", ""))
        return None if allowed else web.Response(status=401)


def _as_apple_says(failing: web.Response) -> web.Response:
    """When to come back, in unix milliseconds, where others say for how long to stay away."""
    seconds = failing.headers.get("Retry-After")
    if seconds is not None:
        at = datetime.now(UTC) + timedelta(seconds=int(seconds))
        failing.headers["Retry-After"] = str(milliseconds(at))
    return failing


def _json(answer: Any) -> web.Response:
    return web.Response(body=orjson.dumps(answer), content_type="application/json")
