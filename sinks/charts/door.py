"""Who may ask the charts API: without a key those on this machine, with one those who know it.

Without a key it knows no caller, so it listens on loopback and answers to a loopback name alone: a
page in a browser that points a name of its own at 127.0.0.1 gets nothing.
"""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from streams.contracts.errors import ConfigError
from streams.settings.secret import Secret

_LOCAL = "localhost"
_SCHEME = "bearer"
_LEAST = 16  # characters of a key
# Asked by what watches processes; they tell nothing of customers.
OPEN = frozenset({"/healthz", "/readyz", "/metrics"})
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def reachable(host: str, key: Secret | None) -> None:
    """Raise ConfigError for an address that others can reach while nothing asks who they are."""
    if key is not None and len(key.reveal()) < _LEAST:
        raise ConfigError(
            f"SN_CHARTS_KEY is shorter than {_LEAST} characters: python -m streams new-token"
        )
    if key is None and not is_loopback(host):
        raise ConfigError(
            f"SN_HOST is {host}, which others can reach, and the charts API has no key: set"
            " SN_CHARTS_KEY or SN_CHARTS_KEY_FILE, or SN_HOST=127.0.0.1 and reach it through a tunnel"
        )


def door(key: Secret | None) -> Middleware:
    """What every request has to pass."""

    @web.middleware
    async def pass_door(request: web.Request, handler: Handler) -> web.StreamResponse:
        if key is None:
            local_only(request)
        elif request.path not in OPEN and _sent(request) != key:
            raise web.HTTPUnauthorized(
                text="send the header Authorization: Bearer and the value of SN_CHARTS_KEY",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return await handler(request)

    return pass_door


def _sent(request: web.Request) -> Secret:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return Secret(value.strip() if scheme.lower() == _SCHEME else "")


def local_only(request: web.Request) -> None:
    """Names that are not loopback's, in Host or Origin, are a page that was led here."""
    origin = request.headers.get("Origin")
    named = [request.host, *([urlsplit(origin).netloc] if origin else [])]
    if not all(is_loopback(urlsplit(f"//{name}").hostname or "") for name in named):
        raise web.HTTPForbidden(text="answered is a loopback name only: 127.0.0.1 or localhost")


def is_loopback(host: str) -> bool:
    try:
        return host == _LOCAL or ip_address(host).is_loopback
    except ValueError:
        return False
