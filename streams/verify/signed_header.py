"""An HMAC-SHA256 over time and body, in a request header: `t=<unix s>,v1=<hex>[,v1=<hex>...]`.

The body's bytes are what is signed: nothing may parse or re-encode them before this.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from streams.contracts.errors import MalformedError, SignatureError

TOLERANCE = timedelta(seconds=300)
_MAX_HEADER = 4 * 1024
_HEX = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"[0-9]{1,12}")


class _Parts(NamedTuple):
    time: str
    signatures: list[str]


def verify_signed_header(
    header: str, body: bytes, secrets: Sequence[str], at: datetime, tolerance: timedelta = TOLERANCE
) -> None:
    """Raise SignatureError unless one secret made one v1, within `tolerance` of `at` on both sides.

    Only v1 counts: v0 is a test scheme, and to take it would be a downgrade. An empty secret is no
    secret, since anybody can compute its HMAC.
    """
    parts = _parts(header)
    message = parts.time.encode() + b"." + body
    expected = [
        hmac.digest(secret.encode(), message, "sha256").hex() for secret in secrets if secret
    ]
    matches = [
        hmac.compare_digest(mine, theirs) for mine in expected for theirs in parts.signatures
    ]
    if not any(matches):
        raise SignatureError("none of the signing secrets made this signature")
    if abs(int(at.timestamp()) - int(parts.time)) > tolerance.total_seconds():
        raise SignatureError("signed too long before or after it was received", reason="age")


def _parts(header: str) -> _Parts:
    if len(header) > _MAX_HEADER:
        raise MalformedError(f"a signature header of {len(header)} characters")
    pairs = [item.strip().partition("=")[::2] for item in header.split(",")]
    times = [value for name, value in pairs if name == "t"]
    if len(times) != 1 or not _TIME.fullmatch(times[0]):
        raise MalformedError("a signature header without one time t")
    signatures = [value for name, value in pairs if name == "v1" and _HEX.fullmatch(value)]
    if not signatures:
        raise SignatureError("a signature header without a v1 of 64 hex digits")
    return _Parts(times[0], signatures)
