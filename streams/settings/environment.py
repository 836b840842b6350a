"""The settings of a process, from environment variables named SN_*: the only place that reads them.

Every variable has a default for one machine, so that nothing need be set there; what is set wrongly
is a ConfigError that names the variable and the remedy.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from streams.contracts.errors import ConfigError
from streams.settings.kafka import KafkaSettings
from streams.settings.secret import Secret
from streams.settings.setting_names import refuse_mistyped

Environ = Mapping[str, str]
LogFormat = Literal["json", "console"]
# A host, an address, or an address in brackets, and a port.
_BROKER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:,\[\]]+)(:[0-9]{1,5})?")
_SLOT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_SECURITY = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field a variable. `health_port` 0: this role serves no health of its own."""

    project: Path
    data_dir: Path
    kafka: KafkaSettings
    partitions: int
    replication: int
    local: bool
    clickhouse: str
    host: str
    notifications_port: int
    charts_port: int
    api_port: int
    health_port: int
    slot: str
    session_timeout: int  # seconds until a silent worker's partitions go to another
    log_level: str
    log_format: LogFormat
    charts_url: str
    charts_key: Secret | None = None  # asked of who asks the charts API
    erase_key: Secret | None = None  # of who erases a customer there; None: the charts key does
    console: bool = True  # whether the charts process serves it
    console_port: int = 8083  # of a process of its own
    console_password_hash: Secret | None = None
    console_proxy_header: str = ""  # names the user; a trusted proxy sets it
    console_secret: Secret | None = None  # signs sessions; None: made once, kept in data_dir


def load_settings(environ: Environ = os.environ) -> Settings:
    """Raise ConfigError, naming the variable, when one is not as it must be."""
    refuse_mistyped(environ)
    local = _flag(environ, "SN_LOCAL")
    return Settings(
        project=Path(_text(environ, "SN_PROJECT", "project.toml")),
        data_dir=Path(_text(environ, "SN_DATA_DIR", ".local/data")),
        kafka=_kafka(environ),
        partitions=_integer(environ, "SN_PARTITIONS", 8, least=1, most=1_000),
        replication=_integer(environ, "SN_REPLICATION", 1 if local else 3, least=1, most=9),
        local=local,
        clickhouse=_text(environ, "SN_CLICKHOUSE", "chdb://.local/clickhouse"),
        host=_text(environ, "SN_HOST", "127.0.0.1"),
        notifications_port=_port(environ, "SN_NOTIFICATIONS_PORT", 8080),
        charts_port=_port(environ, "SN_CHARTS_PORT", 8081),
        api_port=_port(environ, "SN_API_PORT", 8082),
        health_port=_port(environ, "SN_HEALTH_PORT", 0),
        slot=_slot(environ),
        session_timeout=_integer(environ, "SN_SESSION_TIMEOUT", 15, least=6, most=300),
        log_level=_one_of(environ, "SN_LOG_LEVEL", "INFO", _LEVELS),
        log_format=_log_format(environ),
        charts_url=_text(environ, "SN_CHARTS_URL", "http://127.0.0.1:8081"),
        charts_key=_secret(environ, "SN_CHARTS_KEY"),
        erase_key=_secret(environ, "SN_ERASE_KEY"),
        console=_flag(environ, "SN_CONSOLE", "1"),
        console_port=_port(environ, "SN_CONSOLE_PORT", 8083),
        console_password_hash=_secret(environ, "SN_CONSOLE_PASSWORD_HASH"),
        console_proxy_header=_text(environ, "SN_CONSOLE_PROXY_HEADER", ""),
        console_secret=_secret(environ, "SN_CONSOLE_SECRET"),
    )


def _kafka(environ: Environ) -> KafkaSettings:
    security = _one_of(environ, "SN_KAFKA_SECURITY", "PLAINTEXT", _SECURITY)
    said = bool(environ.get("SN_KAFKA_MECHANISM"))
    mechanism = _one_of(environ, "SN_KAFKA_MECHANISM", "", _MECHANISMS) if said else None
    username = environ.get("SN_KAFKA_USERNAME") or None
    password = _secret(environ, "SN_KAFKA_PASSWORD")
    if security.startswith("SASL"):
        _sasl_is_complete(security, mechanism, username, password)
    return KafkaSettings(
        bootstrap=_brokers(environ),
        security=security,
        mechanism=mechanism,
        username=username,
        password=password,
        ca_file=environ.get("SN_KAFKA_CA_FILE") or None,
    )


def _brokers(environ: Environ) -> str:
    value = _text(environ, "SN_KAFKA", "127.0.0.1:9092")
    wrong = [one for one in value.split(",") if not _BROKER.fullmatch(one.strip())]
    if wrong:
        raise ConfigError(
            f"SN_KAFKA is {value!r}, of which {wrong[0]!r} is no broker: use host:port,host:port"
        )
    return value


def _slot(environ: Environ) -> str:
    """It names a folder and the worker's place in its group."""
    value = _text(environ, "SN_SLOT", "0")
    if not _SLOT.fullmatch(value):
        raise ConfigError(f"SN_SLOT is {value!r}: use letters, digits, - and _, as in 0 or eu-1")
    return value


def _sasl_is_complete(
    security: str, mechanism: str | None, username: str | None, password: Secret | None
) -> None:
    needed = {
        "SN_KAFKA_MECHANISM (PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512)": mechanism,
        "SN_KAFKA_USERNAME": username,
        "SN_KAFKA_PASSWORD or SN_KAFKA_PASSWORD_FILE": password,
    }
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        raise ConfigError(f"SN_KAFKA_SECURITY is {security}: also set {', '.join(missing)}")


def _secret(environ: Environ, name: str) -> Secret | None:
    path = environ.get(f"{name}_FILE")
    if not path:
        return Secret(environ[name]) if environ.get(name) else None
    if environ.get(name):
        raise ConfigError(f"{name} and {name}_FILE are both set: keep one")
    try:
        value = Path(path).read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}_FILE: can't read {path}: {error}") from error
    if not value:
        raise ConfigError(f"{name}_FILE: {path} is empty: write the secret into it")
    return Secret(value)


def _text(environ: Environ, name: str, default: str) -> str:
    return environ.get(name) or default


def _one_of(environ: Environ, name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = _text(environ, name, default).upper()
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}: use one of {', '.join(allowed)}")
    return value


def _log_format(environ: Environ) -> LogFormat:
    value = _one_of(environ, "SN_LOG_FORMAT", "json", ("JSON", "CONSOLE"))
    return "json" if value == "JSON" else "console"


def _flag(environ: Environ, name: str, default: str = "0") -> bool:
    value = _text(environ, name, default)
    if value not in {"0", "1"}:
        raise ConfigError(f"{name} is {value!r}: use 1 (yes) or 0 (no)")
    return value == "1"


def _port(environ: Environ, name: str, default: int) -> int:
    return _integer(environ, name, default, least=0, most=_MAX_PORT)


def _integer(environ: Environ, name: str, default: int, *, least: int, most: int) -> int:
    value = _text(environ, name, str(default))
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise ConfigError(f"{name} is {value!r}: use a whole number from {least} to {most}")
    return int(value)
