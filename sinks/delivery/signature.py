"""Signatures over a webhook's exact bytes: Standard Webhooks, and RevenueCat's header.

With several secrets every one signs, so that a receiver may change over at any moment of a
rotation. The time is passed in: each attempt signs anew, the id stays.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)  # what the Standard Webhooks specification asks for


def standard_key(secret: str) -> bytes:
    """The key inside `whsec_<base64>`; ValueError says what is wrong, without the secret."""
    if not secret.startswith(PREFIX):
        raise ValueError(f"does not begin with {PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(f"is not base64 after {PREFIX}") from error
    if len(key) not in KEY_BYTES:
        raise ValueError(f"holds {len(key)} bytes: it needs 24 to 64")
    return key


def standard_headers(
    keys: Iterable[bytes], event_id: str, unix_seconds: int, body: bytes
) -> dict[str, str]:
    """webhook-id, webhook-timestamp and, with keys, webhook-signature: `v1,<base64>` for each."""
    headers = {"webhook-id": event_id, "webhook-timestamp": str(unix_seconds)}
    signed = b"%b.%d.%b" % (event_id.encode(), unix_seconds, body)
    signatures = [b"v1," + base64.b64encode(_hmac(key, signed)) for key in keys]
    if signatures:
        headers["webhook-signature"] = b" ".join(signatures).decode()
    return headers


def revenuecat_header(keys: Iterable[bytes], unix_seconds: int, body: bytes) -> str:
    """`t=<seconds>,v1=<hex>` for each key, in the order given.

    A receiver that reads the parts into a map keeps the last: put the secret that it knows last.
    """
    signed = f"{unix_seconds}.".encode() + body
    return f"t={unix_seconds}" + "".join(f",v1={_hmac(key, signed).hex()}" for key in keys)


def _hmac(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, "sha256")
