"""`public_url` of the project: where stores reach this deployment's notification route from outside."""

import re
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.settings.project_checks import wrong

ROUTE = "/v1/notifications"
_PATH = "project.public_url"
_EXAMPLE = 'write public_url = "https://notifications.example.com"'
_HTTPS = 443
_FIRST_FREE = 1024  # Apple posts to 443 or to what needs no root
_LOCAL = "localhost"
_NAME = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


def read_public_url(value: str, file: Path) -> str:
    """As `https://name` or `https://name:port`; "" when there is none. Raise ConfigError otherwise."""
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise wrong(file, _PATH, f"{value!r} is no address ({error}): {_EXAMPLE}") from error
    why = _why_not(parts, port)
    if why:
        raise wrong(file, _PATH, f"{value!r} {why}: {_EXAMPLE}")
    name = (parts.hostname or "").lower()
    return f"https://{name}" if port in {None, _HTTPS} else f"https://{name}:{port}"


def require_public_url(host: str, public_url: str, file: Path) -> None:
    """Raise ConfigError for a public door that does not know its own address.

    Without it no setup page can be filled in, and no check can see what a store sees.
    """
    if not public_url and not is_loopback(host):
        raise ConfigError(
            f"{file}: {_PATH} is missing, and SN_HOST is {host}, which others can reach: {_EXAMPLE},"
            " the address at which stores reach this port; or set SN_HOST=127.0.0.1"
        )


def notification_url(base: str, store: StoreName, token: str) -> str:
    """What stands in the store's console. It holds the token: whoever has it can post."""
    return f"{base}{ROUTE}/{store}/{token}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on `host`."""
    try:
        return host == _LOCAL or ip_address(host).is_loopback
    except ValueError:
        return False


def _why_not(parts: SplitResult, port: int | None) -> str:
    """What stores would refuse, or what the route would not be found under; "" when all is well."""
    found = (
        (parts.scheme != "https", "is not https, and stores post to nothing else"),
        ("@" in parts.netloc, "holds a user name or a password"),
        (parts.path not in {"", "/"}, f"has a path, and the route begins at {ROUTE}"),
        (bool(parts.query or parts.fragment), "has a query or a fragment"),
        (
            not _NAME.fullmatch((parts.hostname or "").lower()),
            "names no public host, and a trusted certificate is for a full name",
        ),
        (
            port is not None and port != _HTTPS and port < _FIRST_FREE,
            f"has port {port}, and the App Store posts to 443 or to {_FIRST_FREE} and above",
        ),
    )
    return next((text for true, text in found if true), "")
