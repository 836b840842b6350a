"""Fetches a key set over HTTP: bounded in time and size, no redirects, foreign errors made ours."""

from datetime import timedelta

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from streams.contracts.errors import TransientError
from streams.lookup.key_set import lifetime, read_keys
from streams.lookup.published_keys import Fetched

_TIMEOUT = timedelta(seconds=10)
_MAX_BODY = 256 * 1024
_OK = 200


class KeyClient:
    """`timeout`: of the whole exchange."""

    def __init__(self, session: ClientSession, timeout: timedelta = _TIMEOUT) -> None:
        self._session = session
        self._timeout = ClientTimeout(total=timeout.total_seconds())

    async def __call__(self, url: str) -> Fetched:
        """Raise TransientError when there is no answer, MalformedError when it is no key set."""
        try:
            async with self._session.get(
                url, timeout=self._timeout, allow_redirects=False
            ) as response:
                body = await _body(response, url)
                headers = response.headers
        except (ClientError, TimeoutError, OSError) as error:
            raise TransientError(f"{url}: {type(error).__name__} {error}".rstrip()) from error
        kept = lifetime(headers.get("Cache-Control", ""), headers.get("Age", ""))
        return Fetched(keys=read_keys(body), lifetime=kept)


async def _body(response: ClientResponse, url: str) -> bytes:
    if response.status != _OK:
        raise TransientError(f"{url}: status {response.status}")
    body = bytearray()
    async for chunk in response.content.iter_chunked(_MAX_BODY):
        body += chunk
        if len(body) > _MAX_BODY:
            raise TransientError(f"{url}: an answer of more than {_MAX_BODY} bytes")
    return bytes(body)
