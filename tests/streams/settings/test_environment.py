"""Settings: every variable has a default for one machine, and a wrong one is named with the remedy."""

from pathlib import Path

import pytest

from streams.contracts.errors import ConfigError
from streams.settings.environment import load_settings
from streams.settings.secret import Secret

SASL = {
    "SN_KAFKA_SECURITY": "SASL_SSL",
    "SN_KAFKA_MECHANISM": "SCRAM-SHA-512",
    "SN_KAFKA_USERNAME": "sn",
}


def test_nothing_need_be_set_on_one_machine() -> None:
    settings = load_settings({})
    assert settings.kafka.bootstrap == "127.0.0.1:9092"
    assert settings.kafka.security == "PLAINTEXT"
    assert (settings.notifications_port, settings.charts_port, settings.api_port) == (
        8080,
        8081,
        8082,
    )
    assert (settings.host, settings.health_port, settings.slot) == ("127.0.0.1", 0, "0")
    assert (settings.partitions, settings.replication, settings.local) == (8, 3, False)
    assert settings.clickhouse == "chdb://.local/clickhouse"
    assert settings.data_dir == Path(".local/data")


def test_one_broker_is_enough_when_local_is_said() -> None:
    assert load_settings({"SN_LOCAL": "1"}).replication == 1
    assert load_settings({"SN_LOCAL": "1", "SN_REPLICATION": "2"}).replication == 2


def test_an_empty_variable_is_as_one_that_is_not_set() -> None:
    assert load_settings({"SN_KAFKA": "", "SN_API_PORT": ""}) == load_settings({})


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("SN_PARTITIONS", "0", "whole number from 1"),
        ("SN_PARTITIONS", "eight", "whole number from 1"),
        ("SN_PARTITIONS", "٨", "whole number from 1"),
        ("SN_REPLICATION", "-1", "whole number from 1"),
        ("SN_API_PORT", "65536", "from 0 to 65535"),
        ("SN_SESSION_TIMEOUT", "0", "whole number"),
        ("SN_LOCAL", "yes", "use 1 (yes) or 0 (no)"),
        ("SN_LOG_LEVEL", "LOUD", "use one of DEBUG"),
        ("SN_LOG_FORMAT", "xml", "use one of JSON"),
        ("SN_KAFKA_SECURITY", "TLS", "use one of PLAINTEXT"),
        ("SN_KAFKA_MECHANISM", "GSSAPI", "use one of PLAIN, SCRAM-SHA-256"),
        ("SN_KAFKA", "one:9092,two:x", "'two:x' is no broker: use host:port,host:port"),
        ("SN_KAFKA", "one:9092,", "use host:port,host:port"),
        ("SN_SLOT", "../other", "use letters, digits"),
    ],
)
def test_a_wrong_variable_is_named_with_its_remedy(name: str, value: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_settings({name: value})
    assert str(raised.value).startswith(name)
    assert remedy in str(raised.value)


def test_a_mechanism_is_known_in_small_letters_too() -> None:
    settings = load_settings(SASL | {"SN_KAFKA_MECHANISM": "plain", "SN_KAFKA_PASSWORD": "p"})
    assert settings.kafka.mechanism == "PLAIN"


@pytest.mark.parametrize("value", ["a:1,b:2", "a:1, b:2", "broker", "[::1]:9092", "10.0.0.7:9092"])
def test_brokers_are_hosts_with_ports(value: str) -> None:
    assert load_settings({"SN_KAFKA": value}).kafka.bootstrap == value


def test_sasl_names_what_lacks_and_nothing_else() -> None:
    with pytest.raises(ConfigError) as raised:
        load_settings({"SN_KAFKA_SECURITY": "SASL_SSL", "SN_KAFKA_USERNAME": "sn"})
    assert "SN_KAFKA_MECHANISM" in str(raised.value)
    assert "SN_KAFKA_PASSWORD or SN_KAFKA_PASSWORD_FILE" in str(raised.value)
    assert "SN_KAFKA_USERNAME" not in str(raised.value)


def test_a_password_comes_from_the_variable_or_from_a_file_and_is_never_shown(
    tmp_path: Path,
) -> None:
    file = tmp_path / "password"
    file.write_text("\ufeffhunter2\r\n", encoding="utf-8")  # as a Windows editor marks it
    for environ in ({"SN_KAFKA_PASSWORD": "hunter2"}, {"SN_KAFKA_PASSWORD_FILE": str(file)}):
        settings = load_settings(SASL | environ)
        assert settings.kafka.password == Secret("hunter2")
        assert "hunter2" not in repr(settings)


def test_a_password_file_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    for path in (empty, tmp_path / "none"):
        with pytest.raises(ConfigError, match=f"SN_KAFKA_PASSWORD_FILE.*{path.name}"):
            load_settings(SASL | {"SN_KAFKA_PASSWORD_FILE": str(path)})


def test_two_passwords_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="both set"):
        load_settings(SASL | {"SN_KAFKA_PASSWORD": "a", "SN_KAFKA_PASSWORD_FILE": "b"})
