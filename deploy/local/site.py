"""One installation on this machine: its folder, its ports, and what its children are told by environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streams.contracts.errors import ConfigError

HOST = "127.0.0.1"
ROOT = Path(__file__).parents[2]
_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """`private`: the first of a row, see programs.py."""

    notifications: int
    charts: int
    api: int
    kafka: int
    private: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`folder`: everything that it writes. `name`: whose data; each name has its own, so the demo's
    never meet those of the operator's own project. `settings`: further SN_* of its children."""

    folder: Path
    name: str
    ports: Ports
    project: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def run(self) -> Path:
        return self.folder / "run"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def data(self) -> Path:
        return self.folder / "data" / self.name

    @property
    def demo(self) -> Path:
        """The demo's keys, its project file and what it remembers."""
        return self.folder / "demo"

    @property
    def charts_url(self) -> str:
        return f"http://{HOST}:{self.ports.charts}"

    @property
    def api_url(self) -> str:
        return f"http://{HOST}:{self.ports.api}"

    @property
    def notifications_url(self) -> str:
        return f"http://{HOST}:{self.ports.notifications}"

    def environment(self) -> dict[str, str]:
        """Of every child. Where data lie may be set from outside; what makes the site one may not."""
        places = {
            "SN_DATA_DIR": str(self.data),
            "SN_CLICKHOUSE": f"chdb://{self.data / 'clickhouse'}",
        }
        own = {
            "SN_LOCAL": "1",
            "SN_PROJECT": str(self.project),
            "SN_HOST": HOST,
            "SN_KAFKA": f"{HOST}:{self.ports.kafka}",
            "SN_KAFKA_SECURITY": "PLAINTEXT",
            "SN_NOTIFICATIONS_PORT": str(self.ports.notifications),
            "SN_CHARTS_PORT": str(self.ports.charts),
            "SN_CHARTS_URL": self.charts_url,
            "SN_API_PORT": str(self.ports.api),
            "PYTHONUNBUFFERED": "1",
        }
        return {**places, **os.environ, **own, **self.settings}


def ports_of(environ: Mapping[str, str]) -> Ports:
    """Raise ConfigError when a port's setting is no port, or Kafka's is on another machine."""
    return Ports(
        notifications=_port(environ, "SN_NOTIFICATIONS_PORT", "8080"),
        charts=_port(environ, "SN_CHARTS_PORT", "8081"),
        api=_port(environ, "SN_API_PORT", "8082"),
        kafka=_kafka(environ.get("SN_KAFKA") or f"{HOST}:9092"),
        private=_port(environ, "SN_PRIVATE_PORTS", "8100"),
    )


def _port(environ: Mapping[str, str], name: str, default: str) -> int:
    value = environ.get(name) or default
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= _LAST_PORT):
        raise ConfigError(f"{name} is {value!r}: use a port, a whole number from 1 to {_LAST_PORT}")
    return int(value)


def _kafka(value: str) -> int:
    host, _, port = value.rpartition(":")
    if host not in {HOST, "localhost"} or not port.isdigit():
        raise ConfigError(
            f"SN_KAFKA is {value!r}: deploy/up starts a broker of its own on this machine; use"
            f" {HOST}:PORT, or run the roles yourself against your cluster (deploy/runbook.md)"
        )
    return int(port)
