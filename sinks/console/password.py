"""The console's password: kept as a scrypt hash, compared in constant time, and wrong ones wait. Pure."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import scrypt

from streams.contracts.errors import ConfigError

LEAST = 12  # characters
_SCHEME = "scrypt"
_N, _R, _P = 2**15, 8, 1  # 32 MiB and about 0.1 s a try
_MEMORY = 64 * 1024 * 1024
_FREE = 3  # wrong passwords that cost nothing
_LONGEST = 30.0  # seconds
_FORGIVEN = 600.0  # seconds without a wrong one


def hashed(password: str, salt: bytes) -> str:
    """`scrypt$n$r$p$salt$hash`, for SN_CONSOLE_PASSWORD_HASH; `salt`: 16 random bytes."""
    return "$".join(
        (_SCHEME, str(_N), str(_R), str(_P), _text(salt), _text(_derive(password, salt)))
    )


def is_password(password: str, kept: str) -> bool:
    """Blocks for about 0.1 s; ConfigError when `kept` is no hash of ours."""
    salt, wanted = read_hash(kept)
    return hmac.compare_digest(_derive(password, salt), wanted)


def read_hash(kept: str) -> tuple[bytes, bytes]:
    """Salt and hash."""
    parts = kept.split("$")
    if parts[:4] != [_SCHEME, str(_N), str(_R), str(_P)] or len(parts) != 6:  # noqa: PLR2004 - see `hashed`
        raise _no_hash()
    try:
        return urlsafe_b64decode(parts[4]), urlsafe_b64decode(parts[5])
    except Error as error:
        raise _no_hash() from error


class WrongOnes:
    """How long the next try has to wait, for all callers together: it doubles with each wrong one."""

    def __init__(self) -> None:
        self._count = 0
        self._last = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds; `now` is monotonic."""
        if now - self._last > _FORGIVEN:
            self._count = 0
        if self._count < _FREE:
            return 0.0
        pause = min(2.0 ** (self._count - _FREE), _LONGEST)
        return max(0.0, self._last + pause - now)

    def add(self, now: float) -> None:
        self._count += 1
        self._last = now

    def forget(self) -> None:
        """The right one came."""
        self._count = 0


def _derive(password: str, salt: bytes) -> bytes:
    return scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MEMORY)


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode()


def _no_hash() -> ConfigError:
    return ConfigError(
        "SN_CONSOLE_PASSWORD_HASH is no hash of a password: make one by python -m sinks"
        " console-password, and quote it, it contains $"
    )
