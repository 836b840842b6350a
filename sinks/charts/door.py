"""Who may ask the charts API: without a key those on this machine, with one those who know it.

Without a key it knows no caller, so it listens on loopback and answers to a loopback name alone: a
page in a browser that points a name of its own at 127.0.0.1 gets nothing. A key that reads is given to
dashboards and people; where the operator sets one for erasing, that alone erases.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from streams.contracts.errors import ConfigError
from streams.settings.public_url import is_loopback
from streams.settings.secret import Secret

_SCHEME = "bearer"
_LEAST = 16  # characters of a key
ERASURES = "/v1/erasures"
# Asked by what watches processes; they tell nothing of customers.
OPEN = frozenset({"/healthz", "/readyz", "/metrics"})
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def check_keys(key: Secret | None, erase_key: Secret | None) -> None:
    """Raise ConfigError for one that can be guessed, or for two that are one."""
    for name, value in (("SN_CHARTS_KEY", key), ("SN_ERASE_KEY", erase_key)):
        if value is not None and len(value.reveal()) < _LEAST:
            raise ConfigError(
                f"{name} is shorter than {_LEAST} characters: python -m streams new-token"
            )
    if key is not None and key == erase_key:
        raise ConfigError(
            "SN_ERASE_KEY is the value of SN_CHARTS_KEY, so whoever reads charts could erase: give it"
            " another (python -m streams new-token), or take it away"
        )


def reachable(host: str, key: Secret | None) -> None:
    """Raise ConfigError for an address that others can reach while nothing asks who they are."""
    if key is None and not is_loopback(host):
        raise ConfigError(
            f"SN_HOST is {host}, which others can reach, and the charts API has no key: set"
            " SN_CHARTS_KEY or SN_CHARTS_KEY_FILE, or SN_HOST=127.0.0.1 and reach it through a tunnel"
        )


def door(key: Secret | None, erase_key: Secret | None = None) -> Middleware:
    """What every request has to pass. Without `erase_key` whoever may read may erase."""

    @web.middleware
    async def pass_door(request: web.Request, handler: Handler) -> web.StreamResponse:
        if key is None:
            local_only(request)
        if erase_key is not None and _is_erasure(request):
            _let_erase(request, key, erase_key)
        elif key is not None and request.path not in OPEN and _sent(request) != key:
            raise _unknown("SN_CHARTS_KEY")
        return await handler(request)

    return pass_door


def _is_erasure(request: web.Request) -> bool:
    """By the route that answers, however its path was written."""
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical == ERASURES


def _let_erase(request: web.Request, key: Secret | None, erase_key: Secret) -> None:
    sent = _sent(request)
    if sent == key:
        raise web.HTTPForbidden(
            text="SN_CHARTS_KEY reads and does not erase here: send the value of SN_ERASE_KEY"
        )
    if sent != erase_key:
        raise _unknown("SN_ERASE_KEY")


def _unknown(setting: str) -> web.HTTPUnauthorized:
    return web.HTTPUnauthorized(
        text=f"send the header Authorization: Bearer and the value of {setting}",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _sent(request: web.Request) -> Secret:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return Secret(value.strip() if scheme.lower() == _SCHEME else "")


def local_only(request: web.Request) -> None:
    """Names that are not loopback's, in Host or Origin, are a page that was led here."""
    origin = request.headers.get("Origin")
    named = [request.host, *([urlsplit(origin).netloc] if origin else [])]
    if not all(is_loopback(urlsplit(f"//{name}").hostname or "") for name in named):
        raise web.HTTPForbidden(text="answered is a loopback name only: 127.0.0.1 or localhost")
