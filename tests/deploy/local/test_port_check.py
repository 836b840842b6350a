"""A taken port is an error that names the port, what wants it and the setting."""

import socket
from contextlib import ExitStack
from contextlib import nullcontext as does_not_raise
from pathlib import Path

import pytest

from deploy.local.port_check import check_ports
from deploy.local.site import HOST, Ports, Site, ports_of
from streams.contracts.errors import ConfigError
from tests.conftest import free_ports


def _site(folder: Path, **changes: int) -> Site:
    notifications, charts, api, kafka = free_ports(4)
    wanted = {"notifications": notifications, "charts": charts, "api": api, "kafka": kafka}
    ports = Ports(**{**wanted, "private": 23_100, **changes})
    return Site(folder=folder, name="demo", ports=ports, project=folder / "project.toml")


def test_free_ports_pass(tmp_path: Path) -> None:
    with does_not_raise():
        check_ports(_site(tmp_path))


@pytest.mark.parametrize("address", [HOST, "0.0.0.0"])
def test_a_taken_port_is_named_with_who_wants_it_and_its_setting(
    tmp_path: Path, address: str
) -> None:
    with socket.socket() as taken:
        taken.bind((address, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError) as refused:
            check_ports(_site(tmp_path, charts=port))
    assert f"{port}, wanted by the charts API, is taken" in str(refused.value)
    assert "SN_CHARTS_PORT" in str(refused.value)


def test_two_that_want_one_port_are_both_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        check_ports(_site(tmp_path, charts=23_101))
    assert "23101 is wanted by the charts API and by ingress-notifications" in str(refused.value)


def test_a_row_of_taken_private_ports_is_one_line(tmp_path: Path) -> None:
    site = _site(tmp_path, private=23_300)
    with ExitStack() as stack:
        for port in (23_301, 23_302, 23_303):
            taken = stack.enter_context(socket.socket())
            taken.bind((HOST, port))
            taken.listen()
        with pytest.raises(ConfigError) as refused:
            check_ports(site)
    told = str(refused.value)
    assert "3 of the private ports are taken, 23301, wanted by ingress-notifications" in told
    assert told.count("SN_PRIVATE_PORTS") == 1


def test_ports_come_from_the_settings() -> None:
    ports = ports_of({"SN_API_PORT": "9001", "SN_KAFKA": "127.0.0.1:9999"})
    assert (ports.api, ports.kafka, ports.notifications) == (9001, 9999, 8080)


@pytest.mark.parametrize(
    ("name", "value"),
    [("SN_API_PORT", "no"), ("SN_PRIVATE_PORTS", "0"), ("SN_KAFKA", "kafka.example.com:9092")],
)
def test_a_setting_that_is_no_port_here_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        ports_of({name: value})
