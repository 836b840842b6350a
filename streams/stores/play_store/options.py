"""What an app sets for Google Play: who pushes to it, and what about."""

from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.stores.options import OptionsReader, StoreOptions, only_in_demo
from streams.verify.oidc import Sender

NAME = StoreName("play_store")
GOOGLE = "https://accounts.google.com"
_SPELLINGS = frozenset({GOOGLE, "accounts.google.com"})


class PlayStoreOptions(StoreOptions, frozen=True, kw_only=True):
    """`audience`, `service_account`: as set on the Pub/Sub push subscription; `subscription`: its
    full name, `projects/P/subscriptions/S`. `pull`: nothing is pushed, role `pull` takes from it.
    `issuer`: another than Google, of a demo app only."""

    package_name: str
    subscription: str
    audience: str = ""
    service_account: str = ""
    pull: bool = False
    issuer: str | None = None

    @property
    def sender(self) -> Sender:
        return Sender(
            issuer=self.issuer or GOOGLE,
            spellings=frozenset({self.issuer}) if self.issuer else _SPELLINGS,
            audience=self.audience,
            email=self.service_account,
        )


def _check(options: PlayStoreOptions, demo: bool) -> None:
    only_in_demo("issuer", options.issuer, demo=demo)
    needed = ("package_name",) if options.pull else ("package_name", "audience", "service_account")
    for name in needed:
        if not getattr(options, name):
            raise ConfigError(f"option {name!r} is empty or missing")
    if not options.subscription.startswith("projects/"):
        raise ConfigError(
            "option 'subscription' needs the full name, projects/PROJECT/subscriptions/NAME"
        )


READER = OptionsReader(NAME, PlayStoreOptions, _check)
