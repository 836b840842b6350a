"""Settings of a process: defaults for one machine, and errors that name the variable and the remedy."""

from pathlib import Path

import pytest

from streams.contracts.errors import ConfigError
from streams.settings.environment import load_settings


def test_nothing_need_be_set_on_one_machine() -> None:
    settings = load_settings({})

    assert settings.kafka.bootstrap == "127.0.0.1:9092"
    assert (settings.notifications_port, settings.charts_port, settings.api_port) == (
        8080,
        8081,
        8082,
    )
    assert settings.host == "127.0.0.1"
    assert settings.replication == 3
    assert load_settings({"SN_LOCAL": "1"}).replication == 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SN_PARTITIONS", "0", "whole number from 1"),
        ("SN_PARTITIONS", "eight", "whole number from 1"),
        ("SN_API_PORT", "65536", "from 0 to 65535"),
        ("SN_LOCAL", "yes", "use 1 (yes) or 0 (no)"),
        ("SN_KAFKA_SECURITY", "TLS", "use one of PLAINTEXT"),
        ("SN_LOG_LEVEL", "LOUD", "use one of DEBUG"),
        ("SN_LOG_FORMAT", "xml", "use one of JSON"),
        ("SN_SESSION_TIMEOUT", "0", "whole number"),
    ],
)
def test_what_is_set_wrongly_is_named_with_its_remedy(name: str, value: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_settings({name: value})

    assert str(error.value).startswith(name)
    assert told in str(error.value)


def test_sasl_without_its_parts_names_all_that_is_missing() -> None:
    with pytest.raises(ConfigError) as error:
        load_settings({"SN_KAFKA_SECURITY": "SASL_SSL", "SN_KAFKA_USERNAME": "u"})

    assert "SN_KAFKA_MECHANISM" in str(error.value)
    assert "SN_KAFKA_PASSWORD" in str(error.value)
    assert "SN_KAFKA_USERNAME" not in str(error.value)


def test_a_password_comes_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("open sesame\n")

    settings = load_settings({"SN_KAFKA_PASSWORD_FILE": str(file)})

    assert settings.kafka.password is not None
    assert settings.kafka.password.reveal() == "open sesame"
    assert "sesame" not in repr(settings)


def test_a_password_twice_or_nowhere_is_refused(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")

    with pytest.raises(ConfigError, match="both set"):
        load_settings({"SN_KAFKA_PASSWORD": "a", "SN_KAFKA_PASSWORD_FILE": missing})
    with pytest.raises(ConfigError, match="can't read"):
        load_settings({"SN_KAFKA_PASSWORD_FILE": missing})
