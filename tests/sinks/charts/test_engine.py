"""Where ClickHouse is: addresses read, secrets kept, trouble told by what to do next."""

from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import QueryError, engine, our_errors
from streams.contracts.errors import ConfigError, TransientError


def test_a_servers_address_has_host_port_user_and_database() -> None:
    server = engine("https://ann:p%40ss@clickhouse.example:8443/charts")
    assert dict(server.options) == {
        "interface": "https",
        "host": "clickhouse.example",
        "port": 8443,
        "username": "ann",
        "password": "p@ss",
        "database": "charts",
        "autogenerate_session_id": False,
    }


def test_a_password_is_in_no_name_and_no_repr() -> None:
    server = engine("http://ann:topsecret@clickhouse.example/charts")
    assert "topsecret" not in f"{server!r} {server.name}"
    assert server.name == "http://clickhouse.example/charts"


def test_a_directory_is_made(tmp_path: Path) -> None:
    opened = engine(f"chdb://{tmp_path}/deep/clickhouse")
    assert (
        tmp_path / "deep" / "clickhouse"
    ).stat().st_mode & 0o777 == 0o700  # nobody else's to read
    assert opened.options["path"] == f"{tmp_path}/deep/clickhouse"


@pytest.mark.parametrize("url", ["", "chdb://", "clickhouse://host", "http://", "/var/lib"])
def test_what_names_no_clickhouse_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="SN_CLICKHOUSE"):
        engine(url)


def test_a_directory_that_cant_be_made_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="SN_CLICKHOUSE: can't make the directory"):
        engine(f"chdb://{tmp_path}/file/clickhouse")


def test_a_server_that_does_not_answer_is_asked_again_later() -> None:
    with pytest.raises(TransientError, match="does not answer"):
        engine("http://127.0.0.1:1").client()


def test_a_wrong_statement_is_told_from_trouble_that_passes(client: Client) -> None:
    with pytest.raises(QueryError) as wrong, our_errors("asking"):
        client.query("SELECT nothing FROM nowhere")
    assert wrong.value.name == "UNKNOWN_TABLE"
    with pytest.raises(TransientError, match="asking"), our_errors("asking"):
        client.query("SELECT groupArray(number) FROM numbers(1e9) SETTINGS max_memory_usage = 1e6")


def test_what_took_too_long_was_not_asked_wrongly(client: Client) -> None:
    """A machine under load: the same question may be answered later."""
    slow = "SELECT sum(cityHash64(number)) FROM numbers(1e11) SETTINGS max_execution_time = 0.1"
    with pytest.raises(TransientError, match="asking"), our_errors("asking"):
        client.query(slow)


def test_days_are_utc_whatever_the_machine_says(client: Client) -> None:
    assert client.query("SELECT timezone(), toString(toDateTime(0))").first_row[1] == (
        "1970-01-01 00:00:00"
    )
    assert client.get_client_setting("session_timezone") == "UTC"
