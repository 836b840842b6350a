"""What an app sets for the App Store, and whose signature it trusts."""

import re
from datetime import timedelta
from functools import cache

from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.stores.options import OptionsReader, StoreOptions, only_in_demo
from streams.verify.chain import ChainPolicy

NAME = StoreName("app_store")
# Apple Root CA - G3, the certificate that Apple presents as x5c[2].
APPLE_ROOT = "63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179"
LEAF_MARKER = "1.2.840.113635.100.6.11.1"
INTERMEDIATE_MARKER = "1.2.840.113635.100.6.2.1"
# Apple tries for 157 hours; its history reaches back 180 days.
PUSHED_MAX_AGE = timedelta(days=8)
REPLAYED_MAX_AGE = timedelta(days=181)
MAX_AHEAD = timedelta(hours=1)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class AppStoreOptions(StoreOptions, frozen=True, kw_only=True):
    """`app_apple_id`: required in production. Of a demo app only: `root_fingerprints` are trusted
    instead of Apple's root, `max_age_days` widens how old a message may be."""

    bundle_id: str
    app_apple_id: int | None = None
    root_fingerprints: tuple[str, ...] | None = None
    max_age_days: int | None = None

    @property
    def policy(self) -> ChainPolicy:
        return _policy(self.root_fingerprints)

    def max_age(self, *, replayed: bool) -> timedelta:
        """How long before its receipt a message may have been signed."""
        usual = REPLAYED_MAX_AGE if replayed else PUSHED_MAX_AGE
        return usual if self.max_age_days is None else timedelta(days=self.max_age_days)


@cache
def _policy(roots: tuple[str, ...] | None) -> ChainPolicy:
    return ChainPolicy(
        roots=frozenset((APPLE_ROOT,) if roots is None else roots),
        leaf_marker=LEAF_MARKER,
        intermediate_marker=INTERMEDIATE_MARKER,
    )


def _check(options: AppStoreOptions, demo: bool) -> None:
    only_in_demo("root_fingerprints", options.root_fingerprints, demo=demo)
    only_in_demo("max_age_days", options.max_age_days, demo=demo)
    if not options.bundle_id:
        raise ConfigError("option 'bundle_id' is empty: set the app's bundle id")
    if options.max_age_days is not None and options.max_age_days < 1:
        raise ConfigError("option 'max_age_days' must be 1 or more")
    for fingerprint in options.root_fingerprints or ():
        if not _FINGERPRINT.fullmatch(fingerprint):
            raise ConfigError(
                "option 'root_fingerprints' needs SHA-256 fingerprints of certificates, 64 hex "
                f"digits in lower case; {fingerprint!r} is none"
            )


READER = OptionsReader(NAME, AppStoreOptions, _check)
