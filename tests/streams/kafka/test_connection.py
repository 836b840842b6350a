"""Settings become what aiokafka understands; what lacks is named."""

import ssl
from pathlib import Path

import pytest

from streams.contracts.errors import ConfigError
from streams.kafka.connection import client_options
from streams.settings.kafka import KafkaSettings
from streams.settings.secret import Secret


def test_plain_text_needs_only_an_address() -> None:
    options = client_options(KafkaSettings(bootstrap="a:9092, b:9092"))
    assert options == {"bootstrap_servers": ["a:9092", "b:9092"], "security_protocol": "PLAINTEXT"}


def test_tls_verifies_the_brokers_certificate_and_name() -> None:
    context = client_options(KafkaSettings(bootstrap="a:1", security="SSL"))["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_sasl_over_tls_carries_mechanism_and_credentials() -> None:
    options = client_options(
        KafkaSettings(
            bootstrap="a:1",
            security="SASL_SSL",
            mechanism="SCRAM-SHA-512",
            username="reader",
            password=Secret("pass"),
        )
    )
    assert isinstance(options.pop("ssl_context"), ssl.SSLContext)
    assert options == {
        "bootstrap_servers": ["a:1"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "reader",
        "sasl_plain_password": "pass",
    }


def test_sasl_without_a_password_names_the_setting() -> None:
    kafka = KafkaSettings(
        bootstrap="a:1", security="SASL_PLAINTEXT", mechanism="PLAIN", username="u"
    )
    with pytest.raises(ConfigError, match="SN_KAFKA_PASSWORD"):
        client_options(kafka)


def test_an_unreadable_ca_file_names_the_setting(tmp_path: Path) -> None:
    kafka = KafkaSettings(bootstrap="a:1", security="SSL", ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match="SN_KAFKA_CA_FILE"):
        client_options(kafka)


def test_an_unknown_protocol_names_the_setting() -> None:
    with pytest.raises(ConfigError, match="SN_KAFKA_SECURITY"):
        client_options(KafkaSettings(bootstrap="a:1", security="TLS"))
