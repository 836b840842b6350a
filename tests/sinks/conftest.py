"""One ClickHouse directory a process, as chDB wants it. Tests share its tables, empty at each start."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine, engine
from sinks.charts.migrations import migrate
from sinks.charts.writer import Writer
from streams.observe import clock
from tests.sinks.charts.asking import SUMS, TABLES

_numbers = count(1)


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The engine of this process: kept open, since it can have one directory in its life."""
    opened = engine(f"chdb://{tmp_path_factory.mktemp('clickhouse')}")
    keeper = opened.client()
    yield opened
    keeper.close()


@pytest.fixture
def empty_clickhouse(directory: Engine) -> Iterator[Engine]:
    """A database of its own without any table."""
    name = f"test_{next(_numbers)}"
    client = directory.client()
    client.command(f"CREATE DATABASE {name}")
    yield _database(directory, name)
    client.command(f"DROP DATABASE {name}")
    client.close()


@pytest.fixture(scope="session")
def _migrated(directory: Engine) -> Iterator[tuple[Engine, Client]]:
    keeper = directory.client()
    keeper.command("CREATE DATABASE charts")
    clickhouse = _database(directory, "charts")
    client = clickhouse.client()
    migrate(client, clock.now())
    yield clickhouse, client
    client.close()
    keeper.close()


@pytest.fixture
def clickhouse(_migrated: tuple[Engine, Client]) -> Engine:
    """A database with every table and view there, the tables empty."""
    clickhouse, client = _migrated
    for table in (*TABLES, *SUMS):
        client.command(f"TRUNCATE TABLE {table}")
    return clickhouse


@pytest.fixture
def client(clickhouse: Engine, _migrated: tuple[Engine, Client]) -> Client:
    """A connection to it."""
    return _migrated[1]


@pytest.fixture
def writer(client: Client) -> Writer:
    return Writer(client)


def _database(directory: Engine, name: str) -> Engine:
    return replace(directory, options={**directory.options, "database": name})


@pytest.fixture
def faults(pytestconfig: pytest.Config) -> bool:
    """Whether it may take minutes: `--faults`."""
    return bool(pytestconfig.getoption("--faults"))
