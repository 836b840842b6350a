"""Every variable there is, so that a mistyped one is told instead of being ignored."""

from collections.abc import Iterable
from difflib import get_close_matches

from streams.contracts.errors import ConfigError

SECRETS = (
    *("SN_KAFKA_PASSWORD", "SN_CHARTS_KEY", "SN_ERASE_KEY"),
    *("SN_CONSOLE_PASSWORD_HASH", "SN_CONSOLE_SECRET"),
)
NAMES = (
    *("SN_PROJECT", "SN_DATA_DIR", "SN_LOCAL", "SN_SLOT", "SN_SESSION_TIMEOUT"),
    *("SN_KAFKA", "SN_KAFKA_SECURITY", "SN_KAFKA_MECHANISM", "SN_KAFKA_USERNAME"),
    *("SN_KAFKA_CA_FILE", "SN_PARTITIONS", "SN_REPLICATION", "SN_CLICKHOUSE"),
    *("SN_HOST", "SN_NOTIFICATIONS_PORT", "SN_API_PORT", "SN_CHARTS_PORT"),
    *("SN_HEALTH_PORT", "SN_PRIVATE_PORTS", "SN_CHARTS_URL"),
    *("SN_CONSOLE", "SN_CONSOLE_PORT", "SN_CONSOLE_PROXY_HEADER"),
    *("SN_LOG_LEVEL", "SN_LOG_FORMAT"),
    *SECRETS,
    *(f"{name}_FILE" for name in SECRETS),
)
_ALIKE = 0.9  # of 1: a letter or two; names of the operator's own that begin with SN_ are theirs


def refuse_mistyped(names: Iterable[str]) -> None:
    """Raise ConfigError when a variable is nearly one of ours: it would change nothing, unseen."""
    for name in sorted(set(names) - set(NAMES)):
        meant = get_close_matches(name, NAMES, n=1, cutoff=_ALIKE) if name.startswith("SN_") else []
        if meant:
            raise ConfigError(f"{name} is no setting: write {meant[0]}, or take it away")
