"""Stripe's API on loopback: subscriptions, invoices, payments, refunds, disputes, as its events left them.

A key sees the objects of its mode alone, live or test. Every subscription was bought in a Checkout
Session (cs_ and the rest of its id), of which no event tells.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from deploy.demo.faults import Faults
from deploy.demo.payloads.stripe import Object
from deploy.demo.serving import listening

_KINDS = {
    "customer.subscription": "subscriptions",
    "invoice": "invoices",
    "invoice_payment": "invoice_payments",
    "refund": "refunds",
    "charge": "charges",
    "charge.refund": "refunds",
    "charge.dispute": "disputes",
    "checkout.session": "checkout/sessions",
}
_PAGE = 100
_BEARER = "Bearer "
_LINES = "/line_items"


@dataclass(slots=True, kw_only=True)
class StripeApi:
    """`key`, `test_key`: who may ask, and what of: live objects, or those of the sandbox."""

    key: str
    test_key: str = ""
    faults: Faults = field(default_factory=Faults)
    asked: Counter[str] = field(default_factory=Counter)
    _things: dict[tuple[bool, str], dict[str, Object]] = field(default_factory=dict)

    def tell(self, event: Object) -> None:
        """The object as the event shows it holds from now on; the event is kept as well. Told again
        it changes nothing."""
        live = bool(event.get("livemode", True))
        if self.find("events", event["id"], live=live) is not None:
            return
        self.put("events", event, live=live)
        kind = _KINDS.get(event["type"].rpartition(".")[0])
        if kind is None:
            return
        thing = event["data"]["object"]
        self.put(kind, thing | ({"livemode": live} if "livemode" in thing else {}), live=live)
        if kind == "subscriptions":
            self._put_beside(thing, live=live)

    def put(self, kind: str, thing: Object, *, live: bool = True) -> None:
        self._things.setdefault((live, kind), {})[thing["id"]] = thing

    def find(self, kind: str, name: str, *, live: bool = True) -> Object | None:
        return self._things.get((live, kind), {}).get(name)

    def all_of(self, kind: str, query: dict[str, str], *, live: bool = True) -> list[Object]:
        """Those that have what is asked for, newest first."""
        every = list(self._things.get((live, kind), {}).values())[::-1]
        return [one for one in every if all(_has(one, *pair) for pair in query.items())]

    def mode_of(self, header: str) -> bool | None:
        """Whether the key is live; None for a key that is none."""
        key = header.removeprefix(_BEARER)
        return True if key == self.key else (False if key and key == self.test_key else None)

    def _put_beside(self, subscription: Object, *, live: bool) -> None:
        for item in subscription["items"]["data"]:
            self.put("subscription_items", item, live=live)
        tail = subscription["id"].removeprefix("sub_")
        session = {
            "id": f"cs_{tail}",
            "object": "checkout.session",
            "created": subscription["created"],
            "livemode": live,
            "mode": "subscription",
            "status": "complete",
            "subscription": subscription["id"],
        }
        self.put("checkout/sessions", session, live=live)


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


def add_stripe(app: web.Application, api: StripeApi) -> None:
    """Stripe's paths."""

    async def answer(request: web.Request) -> web.StreamResponse:
        failing = await api.faults.before(request.path)
        if failing is not None:
            return failing
        live = api.mode_of(request.headers.get("Authorization", ""))
        if live is None:
            return web.Response(status=401)
        api.asked[request.path] += 1
        return _answer(api, request, live=live)

    app.router.add_get("/v1/{path:.+}", answer)


@asynccontextmanager
async def serve_stripe(api: StripeApi, host: str, port: int) -> AsyncIterator[str]:
    """Its address."""
    app = web.Application()
    add_stripe(app, api)
    async with listening(app, host, port) as address:
        yield address


def _answer(api: StripeApi, request: web.Request, *, live: bool) -> web.Response:
    path = request.match_info["path"]
    if path.endswith(_LINES):
        kind, _, name = path.removesuffix(_LINES).rpartition("/")
        return _json((api.find(kind, name, live=live) or {})["line_items"])
    kind, _, name = path.rpartition("/")
    if "_" in name and kind:
        found = api.find(kind, name, live=live)
        if found is None:
            return web.json_response({"error": {"code": "resource_missing"}}, status=404)
        return _json(found)
    query = dict(request.query)
    after, limit = query.pop("starting_after", None), int(query.pop("limit", "10"))
    things = api.all_of(path, query, live=live)
    names = [thing["id"] for thing in things]
    start = names.index(after) + 1 if after else 0
    page = things[start : start + min(limit, _PAGE)]
    more = start + len(page) < len(things)
    return _json({"object": "list", "data": page, "has_more": more})


def _json(answer: Object) -> web.Response:
    return web.Response(body=orjson.dumps(answer), content_type="application/json")
