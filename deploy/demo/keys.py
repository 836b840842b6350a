"""The demo's throw-away secrets: made once, kept in its folder, readable by this user alone."""

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.demo.happening import APP_STORE, PLAY_STORE, STRIPE
from deploy.demo.receiver import SECRET_FILE
from deploy.demo.signers.apple import AppleChain, AppleSigner
from deploy.demo.signers.apple_account import kept_caller
from deploy.demo.signers.google import OidcIssuer
from deploy.demo.signers.google_account import kept_account

_STORES = (APP_STORE, PLAY_STORE, STRIPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """`tokens`: of the notification routes, by store."""

    apple: AppleSigner
    google: OidcIssuer
    stripe_secret: str
    tokens: dict[str, str]
    backend_key: str


def kept_keys(folder: Path, issuer_url: str) -> Keys:
    """Those of `folder`; what is missing is made now. `issuer_url`: where Google's place is taken."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept_account(folder, f"{issuer_url}/token")
    kept_caller(folder)
    kept_stripe_keys(folder)
    _kept(folder / SECRET_FILE, _signing_secret)
    return Keys(
        apple=AppleSigner(AppleChain.kept(folder, datetime.now(UTC))),
        google=OidcIssuer.kept(folder, issuer_url),
        stripe_secret=_kept(folder / "stripe-secret", _signing_secret),
        tokens={store: _kept(folder / f"{store}-token", _token) for store in _STORES},
        backend_key=_kept(folder / "backend-key", _token),
    )


def kept_stripe_keys(folder: Path) -> tuple[str, str]:
    """Restricted keys of Stripe's API, live and test."""
    live = _kept(folder / "stripe-api-key", lambda: f"rk_live_{_token()}")
    return live, _kept(folder / "stripe-test-api-key", lambda: f"rk_test_{_token()}")


def _token() -> str:
    return secrets.token_urlsafe(24)


def _signing_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _kept(file: Path, make: Callable[[], str]) -> str:
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as made:
            made.write(make() + "\n")
    return file.read_text().strip()
