"""What an app sets for Stripe, and what a signing secret must look like."""

from collections.abc import Sequence
from typing import Literal

from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.stores.options import OptionsReader, StoreOptions

NAME = StoreName("stripe")
_PREFIX = "whsec_"
_SHORTEST = 16


class StripeOptions(StoreOptions, frozen=True, kw_only=True):
    """`account`: of which connected account events must be (Connect); None: of any. `product_from`:
    whether a product id is Stripe's product or its price."""

    account: str | None = None
    product_from: Literal["product", "price"] = "product"


def check_secrets(secrets: Sequence[str]) -> None:
    """Raise ConfigError when there is none, or one that no endpoint can have."""
    if not secrets:
        raise ConfigError(
            "`secrets` is empty: add the endpoint's signing secret (whsec_...), which Stripe shows "
            "under Developers, Webhooks"
        )
    for secret in secrets:
        if len(secret.split()) > 1:
            raise ConfigError(
                f"a secret of {len(secret)} characters is no signing secret: it holds a space or a "
                "line break; of two, each goes into a file or variable of its own"
            )
        if not secret.startswith(_PREFIX) or len(secret) < _SHORTEST:
            raise ConfigError(
                f"a secret of {len(secret)} characters is no signing secret: it starts with "
                f"{_PREFIX} and has at least {_SHORTEST}; an API key or an empty variable is none"
            )


def _check(options: StripeOptions, demo: bool) -> None:  # noqa: ARG001 - no option weakens a proof
    if options.account is not None and not options.account.startswith("acct_"):
        raise ConfigError("option 'account' needs a connected account's id, acct_...")


READER = OptionsReader(NAME, StripeOptions, _check)
