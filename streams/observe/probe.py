"""A look at our own public URL from outside in: name, port, certificate, and what answers there.

Nothing is stored: the POST carries a Content-Encoding, which the notification route refuses unread.
"""

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from socket import SOCK_STREAM, gaierror
from urllib.parse import urlsplit

import certifi
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from streams.contracts.reach import Probe, Stage

_HTTPS = 443
_PATIENCE = 10.0  # seconds for each step
_READ = 1024  # bytes of an answer
_ALIVE = b"alive"
_UNREAD = {"Content-Encoding": "identity", "Content-Type": "application/json"}
_NAMED = {"User-Agent": "store-notifications-check"}


def publicly_trusted() -> ssl.SSLContext:
    """Mozilla's roots, and not this machine's: a store knows no private authority."""
    return ssl.create_default_context(cafile=certifi.where())


async def probe(url: str, trusted: ssl.SSLContext | None = None) -> Probe:
    """See how the notification route at `url` (with its token) looks. Never raises for what it finds.

    `trusted`: whose certificates are; None: what stores trust.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _HTTPS
    context = trusted or publicly_trusted()
    seen = Probe(host=host, port=port, stage=Stage.NAME)
    try:
        seen = replace(seen, addresses=await _addresses(host, port), stage=Stage.CONNECT)
        seen = replace(seen, certificate_ends_at=await _certificate(host, port, context))
    except ssl.SSLCertVerificationError as error:
        return replace(seen, stage=Stage.TLS, detail=error.verify_message)
    except ssl.SSLError as error:
        return replace(seen, stage=Stage.TLS, detail=error.reason or str(error))
    except gaierror as error:
        return replace(seen, detail=error.strerror or str(error))
    except TimeoutError:
        return replace(seen, detail=f"no answer within {_PATIENCE:g} s")
    except OSError as error:
        return replace(seen, detail=error.strerror or str(error))
    return await _asked(url, context, replace(seen, stage=Stage.HTTP))


async def _addresses(host: str, port: int) -> tuple[str, ...]:
    found = await asyncio.wait_for(
        asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM), _PATIENCE
    )
    return tuple(sorted({str(address[0]) for *_, address in found}))


async def _certificate(host: str, port: int, context: ssl.SSLContext) -> datetime | None:
    """When the certificate ends; the context has verified it and its name."""
    connecting = asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    _, writer = await asyncio.wait_for(connecting, _PATIENCE)
    try:
        shown = writer.get_extra_info("peercert") or {}
    finally:
        writer.transport.abort()
    ends = shown.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None


async def _asked(url: str, context: ssl.SSLContext, seen: Probe) -> Probe:
    try:
        async with ClientSession(
            connector=TCPConnector(ssl=context),
            timeout=ClientTimeout(total=_PATIENCE),
            headers=_NAMED,
        ) as session:
            seen = await _got(session, url, seen)
            return await _posted(session, url, seen) if seen.alive else seen
    except (ClientError, TimeoutError) as error:
        return replace(seen, detail=str(error) or f"no answer within {_PATIENCE:g} s")


async def _got(session: ClientSession, url: str, seen: Probe) -> Probe:
    async with session.get(url, allow_redirects=False) as response:
        body = await response.content.read(_READ)
        return replace(
            seen,
            stage=Stage.ANSWERED,
            get_status=response.status,
            alive=_ALIVE in body,
            location=_without_query(response.headers.get("Location", "")),
        )


async def _posted(session: ClientSession, url: str, seen: Probe) -> Probe:
    async with session.post(url, data=b"{}", headers=_UNREAD, allow_redirects=False) as response:
        return replace(seen, post_status=response.status)


def _without_query(location: str) -> str:
    """Where a redirect leads, without what a login page may carry along."""
    return location.partition("?")[0]
