"""Stripe's events of the last 30 days, which its API lists without a signature.

They come over a connection that Stripe's certificate proves, with a key of the account; so that verify
need not know another way, they are signed here with the endpoint's own secret.
"""

import hmac
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from streams.contracts.codec import write_json
from streams.contracts.project import App
from streams.contracts.step import Out
from streams.contracts.words import Environment
from streams.lookup.api import Get, read_object
from streams.lookup.history.kept import Told, as_raw, patiently
from streams.observe import clock
from streams.stores.stripe.options import NAME

_LIMIT = "100"


class StripeHistory:
    """`secret`: the endpoint's, newest."""

    reach = timedelta(days=30)

    def __init__(self, app: App, apis: dict[Environment, Get], secret: str) -> None:
        self._app = app
        self._apis = apis
        self._secret = secret.encode()

    async def pages(self, start: datetime, end: datetime) -> AsyncIterator[list[Out]]:
        for environment, api in self._apis.items():
            async for page in self._of(api, environment, start, end):
                yield page

    async def _of(
        self, api: Get, environment: Environment, start: datetime, end: datetime
    ) -> AsyncIterator[list[Out]]:
        created = [
            ("created[gte]", str(int(start.timestamp()))),
            ("created[lt]", str(int(end.timestamp()))),
            ("limit", _LIMIT),
        ]
        after: list[tuple[str, str]] = []
        while True:
            query = [*created, *after]
            body = await patiently(lambda q=query: api.get("events", "/v1/events", q))  # type: ignore[misc]
            page = read_object(body)
            yield [self._out(event, environment) for event in page["data"]]
            if not page.get("has_more"):
                return
            after = [("starting_after", page["data"][-1]["id"])]

    def _out(self, event: dict[str, Any], environment: Environment) -> Out:
        now, body = clock.now(), write_json(event)
        stamp = str(int(now.timestamp()))
        signature = hmac.digest(self._secret, stamp.encode() + b"." + body, sha256).hex()
        told = Told(
            name=str(event["id"]),
            environment=environment,
            body=body,
            request_headers=(("stripe-signature", f"t={stamp},v1={signature}"),),
        )
        return as_raw(told, self._app, NAME, now)
