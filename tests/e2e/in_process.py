"""The stores' APIs without HTTP: the demo's servers, asked by a call. Each satisfies Get of streams.lookup."""

from typing import Any

import orjson

from deploy.demo.app_store_api import AppStoreApi, Purchase
from deploy.demo.google_play import GooglePlay
from deploy.demo.payloads.app_store import Claims
from deploy.demo.stripe_api import StripeApi
from streams.contracts.errors import RejectedError
from streams.lookup.api import UNKNOWN, Query

_BATCH, _VOIDS = ":batchGet", "voidedpurchases"
_LINES = "/line_items"
_PRODUCTION = "Production"
_PAGED = {"limit", "starting_after"}


class GoogleInProcess:
    """What somebody `put` into `play`."""

    def __init__(self, play: GooglePlay) -> None:
        self._play = play

    async def get(self, bucket: str, path: str, query: Query = ()) -> bytes:
        if path.endswith(_BATCH):
            return orjson.dumps({"orders": [self._find("orders", name) for _, name in query]})
        if path.endswith(_VOIDS):
            return orjson.dumps({"voidedPurchases": self._play.all_of("voids")})
        return orjson.dumps(self._find(bucket, path.rpartition("/")[2]))

    def _find(self, kind: str, name: str) -> dict[str, Any]:
        return _known(self._play.find(kind, name), name)


class StripeInProcess:
    """What events told `api`; every list is one page."""

    def __init__(self, api: StripeApi) -> None:
        self._api = api

    async def get(self, bucket: str, path: str, query: Query = ()) -> bytes:
        kind = path.removeprefix("/v1/")
        if kind != bucket:
            name = kind.removeprefix(f"{bucket}/").partition("/")[0]
            if kind.endswith(_LINES):
                return orjson.dumps(_known(self._api.find(bucket, name), name)["line_items"])
            return orjson.dumps(_known(self._api.find(bucket, name), name))
        asked = {name: value for name, value in query if name not in _PAGED}
        return orjson.dumps({"data": self._api.all_of(kind, asked), "has_more": False})


class AppStoreInProcess:
    """What notifications told `api`, signed by its signer; the history is one page. A token is kept by
    its claims: Apple, too, may answer with one that it has signed before."""

    def __init__(self, api: AppStoreApi) -> None:
        self._api = api
        self._tokens: dict[bytes, str] = {}

    async def get(self, bucket: str, path: str, query: Query = ()) -> bytes:
        name = path.rpartition("/")[2]
        own = self._api.find(name, _PRODUCTION)
        if own is None or (bucket == "subscriptions" and own.renewal is None):
            raise RejectedError(name, reason=UNKNOWN)
        return orjson.dumps(self._answer(bucket, name, own))

    def _answer(self, bucket: str, name: str, own: Purchase) -> Claims:
        if bucket == "transactions":
            return {"signedTransactionInfo": self._sign(own.transactions[name])}
        if bucket == "history":
            return {"signedTransactions": [self._sign(one) for one in own.transactions.values()]}
        return {"data": [{"lastTransactions": [self._last(own)]}]}

    async def post(self, bucket: str, path: str, query: Query, content: bytes) -> bytes:
        raise NotImplementedError("the history of notifications is asked for elsewhere")

    def _last(self, own: Purchase) -> Claims:
        return {
            "originalTransactionId": own.newest["originalTransactionId"],
            "status": own.status,
            "signedTransactionInfo": self._sign(own.newest),
            "signedRenewalInfo": self._sign(own.renewal or {}),
        }

    def _sign(self, claims: Claims) -> str:
        key = orjson.dumps(claims)
        if key not in self._tokens:
            self._tokens[key] = self._api.signer.sign(claims)
        return self._tokens[key]


def _known(found: dict[str, Any] | None, name: str) -> dict[str, Any]:
    if found is None:
        raise RejectedError(name, reason=UNKNOWN)
    return found
