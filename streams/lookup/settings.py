"""What `[apps.stores.api]` of a store says: the base of every store's own options, and their reading."""

from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from streams.contracts.codec import convert
from streams.contracts.errors import ConfigError, MalformedError
from streams.settings.project_file import ApiSettings

_ADDRESSES = ("url", "sandbox_url")  # the second of a store whose sandbox has its own
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class ApiOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url`: another address than the store's, of a demo app only. `requests_per_second`: of each
    of the store's quotas; None: what the store allows by default."""

    url: str | None = None
    requests_per_second: float | None = None


Kind = TypeVar("Kind", bound=ApiOptions)


def read_options(settings: ApiSettings, kind: type[Kind], *, demo: bool) -> Kind:
    """Raise ConfigError, naming the place in the file and the remedy."""
    try:
        options = convert(settings.options, kind)
    except MalformedError as error:
        known = ", ".join(kind.__struct_fields__)
        raise ConfigError(f"{settings.path}: {error}: the keys are {known}") from error
    rate = options.requests_per_second
    if rate is not None and not 0 < rate <= 10_000:  # noqa: PLR2004 - beyond any store's quota
        raise ConfigError(f"{settings.path}.requests_per_second: write a number from 0.01 to 10000")
    for name in _ADDRESSES:
        address = getattr(options, name, None)
        if address is not None and not (demo and _is_local(address)):
            raise ConfigError(
                f"{settings.path}.{name}: for a demo app on this machine only: remove it"
            )
    return options


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in _LOCAL
