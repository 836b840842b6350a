"""What a backend says of a customer: attributes, and that two ids are one person.

Both paths of each are one: ours under /v1/customers, RevenueCat's under /v1/subscribers. 200 means
that it is in Kafka; saying it again is harmless.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

import msgspec
from aiohttp import web

from ingress.bodies import read_all
from ingress.callers import Callers
from ingress.config import Limits
from ingress.publisher import Publisher
from ingress.refusal import JSON_HEADERS, Refusal
from streams.contracts.codec import decode, encode
from streams.contracts.customer import Attributes, CustomerAlias
from streams.contracts.errors import MalformedError
from streams.contracts.posting import customer_of
from streams.contracts.step import Out
from streams.contracts.topics import CUSTOMER_INBOX, HEADER_KIND
from streams.observe import clock

MOST_OWN = 50
MOST_CHARACTERS = 500
_NAME = re.compile(r"\$?[A-Za-z][A-Za-z0-9_-]{0,39}")
_RESERVED = "$"


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """`value` null or "": take it away. Without `updated_at_ms` it was set now."""

    value: str | None
    updated_at_ms: int | None = None


class AttributesBody(msgspec.Struct, frozen=True, kw_only=True):
    """Each value is read by itself, so that one that can't be read is named."""

    attributes: dict[str, msgspec.Raw]


class AliasBody(msgspec.Struct, frozen=True, kw_only=True):
    new_app_user_id: str


class Identities:
    """The handlers and what they need."""

    def __init__(self, callers: Callers, publisher: Publisher, limits: Limits) -> None:
        self._callers = callers
        self._publisher = publisher
        self._deadline = limits.read_deadline.total_seconds()

    async def attributes(self, request: web.Request) -> web.Response:
        self._callers.app(request)
        now = clock.now()
        try:
            customer = customer_of(request.match_info["app_user_id"])
            values = read_attributes(await read_all(request, self._deadline), now)
        except MalformedError as error:
            raise _bad(error) from error
        told = Attributes(customer_id=customer, values=values, received_at=now)
        return await self._publish(told)

    async def alias(self, request: web.Request) -> web.Response:
        self._callers.app(request)
        try:
            customer = customer_of(request.match_info["app_user_id"])
            body = decode(await read_all(request, self._deadline), AliasBody)
            other = customer_of(body.new_app_user_id)
        except MalformedError as error:
            raise _bad(error) from error
        told = CustomerAlias(customer_id=customer, alias=other, received_at=clock.now())
        return await self._publish(told)

    async def _publish(self, told: Attributes | CustomerAlias) -> web.Response:
        await self._publisher.publish_all([to_inbox(told)])
        return web.Response(body=b"{}", headers=JSON_HEADERS)


def to_inbox(told: Attributes | CustomerAlias) -> Out:
    kind = "attributes" if isinstance(told, Attributes) else "customer_alias"
    return Out(
        topic=CUSTOMER_INBOX,
        key=told.customer_id.encode(),
        value=encode(told),
        headers=((HEADER_KIND, kind.encode()),),
    )


def read_attributes(body: bytes, now: datetime) -> dict[str, dict[str, str | int]]:
    """Raise MalformedError that names the attribute."""
    return checked(decode(body, AttributesBody).attributes, now)


def checked(given: Mapping[str, msgspec.Raw], now: datetime) -> dict[str, dict[str, str | int]]:
    """As `read_attributes`. A time that is ahead of ours counts as now, so that a wrong clock does
    not keep later values out."""
    own = sum(not name.startswith(_RESERVED) for name in given)
    if own > MOST_OWN:
        raise MalformedError(f"attributes: {own} of your own, at most {MOST_OWN} are kept")
    return {name: _checked(name, value, now) for name, value in given.items()}


def _checked(name: str, given: msgspec.Raw, now: datetime) -> dict[str, str | int]:
    if not _NAME.fullmatch(name):
        raise MalformedError(
            f"attributes.{name}: a name has a letter, then up to 39 of A-Z, a-z, 0-9, _ and -; "
            "$ before it marks those that have a meaning, like $email"
        )
    told = decode(given, Value, at=f"attributes.{name}")
    value = told.value or ""
    if len(value) > MOST_CHARACTERS:
        raise MalformedError(f"attributes.{name}: longer than {MOST_CHARACTERS} characters")
    now_ms = round(now.timestamp() * 1000)
    updated_at_ms = now_ms if told.updated_at_ms is None else min(told.updated_at_ms, now_ms)
    return {"value": value, "updated_at_ms": updated_at_ms}


def _bad(error: MalformedError) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, str(error), why="malformed")
