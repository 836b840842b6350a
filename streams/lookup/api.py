"""One store's API over HTTP: bounded in time, size and rate; statuses are errors by what to do next.

What is logged, counted or raised has the path's name, never a header, a token or a body.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from streams.contracts.codec import decode, read_json
from streams.contracts.errors import (
    CredentialsRefusedError,
    MalformedError,
    RejectedError,
    TransientError,
)
from streams.contracts.ids import StoreName
from streams.lookup.bucket import TokenBucket, throttled
from streams.observe import clock, metrics

UNKNOWN = "unknown_purchase"
GONE = "gone"
_TIMEOUT = timedelta(seconds=10)
_JSON = {"Content-Type": "application/json"}
_MAX_BODY = 4 * 1024 * 1024
_OK, _UNAUTHORIZED, _FORBIDDEN, _GONE, _BUSY, _ERROR = 200, 401, 403, 410, 429, 500
_UNKNOWN = frozenset({400, 404})
_MOST_PATIENCE = 86_400  # seconds: what Retry-After is believed up to
Answer = TypeVar("Answer")
Query = Sequence[tuple[str, str]]
Authorize = Callable[[], Awaitable[Mapping[str, str]]]


class _UnauthorizedError(CredentialsRefusedError):
    """Who asks is not known, as against 403: known, and not allowed to."""


class Get(Protocol):
    """As `Api.get`, whose errors are those of every question."""

    async def get(self, bucket: str, path: str, query: Query = ()) -> bytes: ...


class Ask(Get, Protocol):
    """As `Api`: questions that are JSON too."""

    async def post(self, bucket: str, path: str, query: Query, content: bytes) -> bytes: ...


def seconds_of(said: str) -> timedelta | None:
    """Retry-After in seconds; a date, or nonsense, is nothing."""
    if not (said.isascii() and said.isdigit()):
        return None
    return timedelta(seconds=min(int(said), _MOST_PATIENCE))


@dataclass(slots=True, kw_only=True)
class Api:
    """`authorize` gives the headers of a request; `forget`: drop what it gives them from, and say
    whether it can get that anew. `rate`: of each bucket, requests a second.
    `retry_in`: what the store means by Retry-After."""

    store: StoreName
    url: str
    session: ClientSession
    authorize: Authorize
    rate: float
    forget: Callable[[], bool] = field(default=lambda: False)
    retry_in: Callable[[str], timedelta | None] = field(default=seconds_of)
    timeout: timedelta = _TIMEOUT
    _buckets: dict[str, TokenBucket] = field(default_factory=dict)

    async def get(self, bucket: str, path: str, query: Query = ()) -> bytes:
        """The body of a 200.

        Raise RejectedError (`unknown_purchase`, `gone`), CredentialsRefusedError, ThrottledError or
        TransientError.
        """
        return await self._ask("GET", bucket, path, query, None)

    async def post(self, bucket: str, path: str, query: Query, content: bytes) -> bytes:
        """As `get`, of a question that is JSON."""
        return await self._ask("POST", bucket, path, query, content)

    async def _ask(
        self, method: str, bucket: str, path: str, query: Query, content: bytes | None
    ) -> bytes:
        """A token may be withdrawn before its time: once more with a new one."""
        try:
            return await self._ask_once(method, bucket, path, query, content)
        except _UnauthorizedError:
            if not self.forget():
                raise
        return await self._ask_once(method, bucket, path, query, content)

    async def _ask_once(
        self, method: str, bucket: str, path: str, query: Query, content: bytes | None
    ) -> bytes:
        wait = self._bucket(bucket).take(clock.monotonic())
        if wait:
            raise throttled(f"{self.store} {bucket}", wait)
        headers = {**await self.authorize(), **(_JSON if content is not None else {})}
        started = clock.monotonic()
        status = "failed"
        try:
            async with self.session.request(
                method,
                self.url + path,
                params=query,
                data=content,
                headers=headers,
                timeout=ClientTimeout(total=self.timeout.total_seconds()),
                allow_redirects=False,
            ) as response:
                status = str(response.status)
                self._judge(response, bucket)
                return await _body(response, bucket)
        except (ClientError, TimeoutError, OSError) as error:
            raise TransientError(f"{self.store} {bucket}: {type(error).__name__}") from error
        finally:
            metrics.count("lookup_requests", store=self.store, api=bucket, status=status)
            seconds = clock.monotonic() - started
            metrics.observe("lookup_seconds", seconds, store=self.store, api=bucket)

    def _bucket(self, name: str) -> TokenBucket:
        return self._buckets.setdefault(name, TokenBucket(self.rate))

    def _judge(self, response: ClientResponse, bucket: str) -> None:
        """Raise unless it is an answer."""
        status, text = response.status, f"{self.store} {bucket}: status {response.status}"
        if status == _OK:
            return
        if status == _UNAUTHORIZED:
            raise _UnauthorizedError(text)
        if status == _FORBIDDEN:
            raise CredentialsRefusedError(text)
        if status in _UNKNOWN:
            raise RejectedError(text, reason=UNKNOWN)
        if status == _GONE:
            raise RejectedError(text, reason=GONE)
        said = response.headers.get("Retry-After", "")
        after = self.retry_in(said) if status == _BUSY or status >= _ERROR else None
        raise TransientError(text, retry_after=after)


def read(body: bytes, kind: type[Answer]) -> Answer:
    """Raise TransientError for an answer that is none: a page of somebody in between."""
    try:
        return decode(body, kind)
    except MalformedError as error:
        raise TransientError(f"an answer that can't be read: {error}") from error


def read_object(body: bytes) -> dict[str, Any]:
    """Raise TransientError for an answer that is none."""
    try:
        found = read_json(body)
    except MalformedError as error:
        raise TransientError(f"an answer that can't be read: {error}") from error
    if not isinstance(found, dict):
        raise TransientError("an answer that is no object")
    return found


async def _body(response: ClientResponse, bucket: str) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_MAX_BODY):
        body += chunk
        if len(body) > _MAX_BODY:
            raise TransientError(f"{bucket}: an answer of more than {_MAX_BODY} bytes")
    return bytes(body)
