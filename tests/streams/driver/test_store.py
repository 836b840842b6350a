"""The local copy: what is written with an offset is there with it, and an old copy is thrown away."""

from datetime import timedelta
from pathlib import Path

import pytest

from streams.contracts.step import Record, Step
from streams.driver.agent import Agent, Options
from streams.driver.application import Application
from streams.driver.store import LocalStore
from streams.observe import clock
from streams.settings.kafka import KafkaSettings

NOW = clock.now()


def step(_record: Record, _state: bytes | None) -> Step:
    return Step()


def opened(folder: Path) -> LocalStore:
    """The store of a Faust table, as a worker opens it."""
    agent = Agent(name="role", reads=("inbox",), step=step, table="t")
    options = Options(kafka=KafkaSettings(bootstrap="127.0.0.1:1"), data_dir=folder, partitions=2)
    options.folder(agent).mkdir(parents=True, exist_ok=True)
    return LocalStore(Application(agent, options).tables["t"].data)


def garble(folder: Path) -> None:
    """As a bad disk does: other bytes in the middle of the one table file."""
    (table,) = folder.rglob("*.sst")
    whole = table.read_bytes()
    table.write_bytes(whole[:500] + bytes(20_000) + whole[20_500:])


@pytest.fixture
async def store(tmp_path: Path) -> LocalStore:
    return opened(tmp_path)


async def test_an_empty_store_holds_nothing_of_the_changelog(store: LocalStore) -> None:
    assert store.offset(0, NOW) == -1
    assert store.get(0, b"k") is None


async def test_rows_and_offset_are_there_together(store: LocalStore) -> None:
    store.write(0, [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")], 41, NOW)
    store.write(0, [(b"b", None)], 42, NOW)

    assert (store.get(0, b"a"), store.get(0, b"b")) == (b"3", None)
    assert store.offset(0, NOW) == 42


async def test_partitions_are_apart(store: LocalStore) -> None:
    store.write(0, [(b"a", b"0")], 1, NOW)
    store.write(1, [(b"a", b"1")], 7, NOW)

    assert [store.get(partition, b"a") for partition in (0, 1)] == [b"0", b"1"]
    assert [store.offset(partition, NOW) for partition in (0, 1)] == [1, 7]


async def test_it_survives_the_process(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.write(0, [(b"a", b"1")], 5, NOW)
    await first._store.stop()

    second = opened(tmp_path)
    assert (second.offset(0, NOW), second.get(0, b"a")) == (5, b"1")


async def test_a_copy_that_was_away_for_a_week_is_thrown_away(store: LocalStore) -> None:
    store.write(0, [(b"a", b"1")], 5, NOW - timedelta(days=7))

    assert store.offset(0, NOW) == -1
    assert store.get(0, b"a") is None
    store.write(0, [(b"a", b"2")], 9, NOW)
    assert store.offset(0, NOW) == 9


async def test_a_copy_that_the_disk_has_garbled_ends_the_reader_and_is_restored_by_the_next(
    tmp_path: Path,
) -> None:
    first = opened(tmp_path)
    first.write(0, [(b"%d" % number, b"x" * 500) for number in range(1000)], 5, NOW)
    first._database(0).flush()
    await first._store.stop()
    garble(tmp_path)

    second = opened(tmp_path)
    with pytest.raises(Exception, match="Corruption: "):
        [second.get(0, b"%d" % number) for number in range(1000)]
    await second._store.stop()

    assert opened(tmp_path).offset(0, NOW) == -1
