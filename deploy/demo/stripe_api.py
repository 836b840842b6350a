"""Stripe's API on loopback: subscriptions, invoices, payments, refunds, disputes, as its events left them."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from deploy.demo.faults import Faults
from deploy.demo.payloads.stripe import Object

_KINDS = {
    "customer.subscription": "subscriptions",
    "invoice": "invoices",
    "invoice_payment": "invoice_payments",
    "refund": "refunds",
    "charge.refund": "refunds",
    "charge.dispute": "disputes",
    "checkout.session": "checkout/sessions",
}
_PAGE = 100
_LINES = "/line_items"


@dataclass(slots=True, kw_only=True)
class StripeApi:
    """`key`: who may ask."""

    key: str
    faults: Faults = field(default_factory=Faults)
    asked: Counter[str] = field(default_factory=Counter)
    _things: dict[str, dict[str, Object]] = field(default_factory=dict)

    def tell(self, event: Object) -> None:
        """The object as the event shows it holds from now on; the event is kept as well."""
        self.put("events", event)
        kind = _KINDS.get(event["type"].rpartition(".")[0])
        if kind is not None:
            self.put(kind, event["data"]["object"])

    def put(self, kind: str, thing: Object) -> None:
        self._things.setdefault(kind, {})[thing["id"]] = thing

    def find(self, kind: str, name: str) -> Object | None:
        return self._things.get(kind, {}).get(name)

    def all_of(self, kind: str, query: dict[str, str]) -> list[Object]:
        """Those that have what is asked for, newest first."""
        every = list(self._things.get(kind, {}).values())[::-1]
        return [one for one in every if all(_has(one, *pair) for pair in query.items())]


def _has(thing: Object, name: str, value: str) -> bool:
    if name.startswith("created["):
        late = thing["created"] >= int(value)
        return bool(late if name == "created[gte]" else not late)
    if name == "subscription":
        details = (thing.get("parent") or {}).get("subscription_details") or {}
        return value in {details.get("subscription"), thing.get("subscription")}
    if name == "payment[payment_intent]":
        return bool(thing["payment"].get("payment_intent") == value)
    return bool(name.startswith("payment[") or thing.get(name) == value)


@asynccontextmanager
async def serve_stripe(api: StripeApi, host: str, port: int) -> AsyncIterator[str]:
    """Its address."""

    async def answer(request: web.Request) -> web.StreamResponse:
        failing = await api.faults.before(request.path)
        if failing is not None:
            return failing
        if request.headers.get("Authorization") != f"Bearer {api.key}":
            return web.Response(status=401)
        api.asked[request.path] += 1
        return _answer(api, request)

    app = web.Application()
    app.router.add_get("/v1/{path:.+}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _answer(api: StripeApi, request: web.Request) -> web.Response:
    path = request.match_info["path"]
    if path.endswith(_LINES):
        kind, _, name = path.removesuffix(_LINES).rpartition("/")
        return _json((api.find(kind, name) or {})["line_items"])
    kind, _, name = path.rpartition("/")
    if "_" in name and kind:
        found = api.find(kind, name)
        if found is None:
            return web.json_response({"error": {"code": "resource_missing"}}, status=404)
        return _json(found)
    query = dict(request.query)
    after, limit = query.pop("starting_after", None), int(query.pop("limit", "10"))
    things = api.all_of(path, query)
    names = [thing["id"] for thing in things]
    start = names.index(after) + 1 if after else 0
    page = things[start : start + min(limit, _PAGE)]
    more = start + len(page) < len(things)
    return _json({"object": "list", "data": page, "has_more": more})


def _json(answer: Object) -> web.Response:
    return web.Response(body=orjson.dumps(answer), content_type="application/json")
