"""What every client of aiokafka is made from: address, TLS, credentials."""

import ssl
from typing import Any

import streams.kafka.offset_answers  # noqa: F401 - every client of the process is made here
from streams.contracts.errors import ConfigError
from streams.settings.kafka import KafkaSettings

_TLS = {"SSL", "SASL_SSL"}
_SASL = {"SASL_PLAINTEXT", "SASL_SSL"}
_PLAIN = "PLAINTEXT"


def client_options(kafka: KafkaSettings) -> dict[str, Any]:
    """Keyword arguments of any aiokafka client; ConfigError names the setting that lacks."""
    options: dict[str, Any] = {
        "bootstrap_servers": [host.strip() for host in kafka.bootstrap.split(",")],
        "security_protocol": kafka.security,
    }
    if kafka.security not in _TLS | _SASL | {_PLAIN}:
        raise ConfigError(f"SN_KAFKA_SECURITY is {kafka.security!r}: use {_PLAIN}, SSL or SASL_SSL")
    if kafka.security in _TLS:
        options["ssl_context"] = _tls(kafka)
    if kafka.security in _SASL:
        options |= _credentials(kafka)
    return options


def _tls(kafka: KafkaSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=kafka.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"SN_KAFKA_CA_FILE: can't read {kafka.ca_file}: {error}") from error


def _credentials(kafka: KafkaSettings) -> dict[str, Any]:
    if kafka.mechanism is None or kafka.username is None or kafka.password is None:
        raise ConfigError(
            f"SN_KAFKA_SECURITY is {kafka.security}: also set SN_KAFKA_MECHANISM,"
            " SN_KAFKA_USERNAME and SN_KAFKA_PASSWORD (or SN_KAFKA_PASSWORD_FILE)"
        )
    return {
        "sasl_mechanism": kafka.mechanism,
        "sasl_plain_username": kafka.username,
        "sasl_plain_password": kafka.password.reveal(),
    }
