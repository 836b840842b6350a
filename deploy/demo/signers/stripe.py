"""Signs as Stripe signs: the header `Stripe-Signature`, HMAC-SHA256 over `t.body`."""

import hmac
from collections.abc import Sequence
from datetime import datetime

HEADER = "Stripe-Signature"


def signature_header(body: bytes, secrets: Sequence[str], at: datetime) -> str:
    """`t=...,v1=...`, with one v1 for each secret: two while a secret is being rolled."""
    moment = int(at.timestamp())
    signatures = [f"v1={signature(body, secret, moment)}" for secret in secrets]
    return ",".join([f"t={moment}", *signatures])


def signature(body: bytes, secret: str, moment: int) -> str:
    """The hex of one v1; the secret is used as text, `whsec_` included."""
    message = b"%d.%s" % (moment, body)
    return hmac.digest(secret.encode(), message, "sha256").hex()
