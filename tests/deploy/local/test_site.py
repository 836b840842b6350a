"""What a site's children are told by their environment."""

from pathlib import Path

import pytest

from deploy.local.site import Ports, Site
from streams.settings.environment import load_settings


def _site(folder: Path) -> Site:
    ports = Ports(notifications=1001, charts=1002, api=1003, kafka=1004, private=1100)
    return Site(folder=folder, name="demo", ports=ports, project=folder / "project.toml")


def test_the_roles_find_each_other_by_it(tmp_path: Path) -> None:
    settings = load_settings(_site(tmp_path).environment())
    assert settings.kafka.bootstrap == "127.0.0.1:1004"
    assert settings.charts_url == "http://127.0.0.1:1002"
    assert (settings.notifications_port, settings.api_port) == (1001, 1003)
    assert settings.local
    assert settings.data_dir == tmp_path / "data" / "demo"


def test_a_clickhouse_of_ones_own_stays_and_a_cluster_of_production_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SN_CLICKHOUSE", "http://clickhouse.example:8123")
    monkeypatch.setenv("SN_KAFKA", "kafka.example:9093")
    monkeypatch.setenv("SN_KAFKA_SECURITY", "SSL")
    settings = load_settings(_site(tmp_path).environment())
    assert settings.clickhouse == "http://clickhouse.example:8123"
    assert settings.kafka.bootstrap == "127.0.0.1:1004"
    assert settings.kafka.security == "PLAINTEXT"
