"""kill -9 inside the migrations that copy a table, again and again: it ends where one nobody killed does."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from clickhouse_connect.driver.client import Client

from sinks.charts.migrations import MIGRATIONS, scripts
from sinks.charts.writer import Writer
from streams.contracts.event import Event
from streams.contracts.ids import AppId
from streams.contracts.words import Environment
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.sinks.charts.asking import tell
from tests.sinks.charts.flow import of_app
from tests.sinks.charts.lives import lives
from tests.sinks.charts.moments import Moment, kill_at, look, made, merging, replaced, written
from tests.sinks.charts.past import past
from tests.sinks.charts.process import Role
from tests.sinks.charts.same import equals_what_nobody_killed

APP = AppId("migrated")
TOLD, BY_KEY, FASTER = "0012_told_events.sql", "0013_told_by_key.sql", "0016_read_faster.sql"
COPY = "subscriptions_copied"
MOMENTS = (
    (TOLD, made("told_events")),
    (TOLD, written("told_events")),
    (BY_KEY, replaced("told_events")),
    (BY_KEY, written("told_events")),
    (FASTER, made(COPY)),
    (FASTER, written(COPY)),
    (FASTER, replaced("subscriptions")),
    (FASTER, merging("subscriptions")),
)

# The last is the one after which two tables have each other's names.
SOME = (
    (TOLD, written("told_events")),
    (BY_KEY, replaced("told_events")),
    (FASTER, replaced("subscriptions")),
)


@pytest_asyncio.fixture
async def role(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> AsyncIterator[Role]:
    made_of = Role(kafka=kafka, folder=tmp_path, port=free_ports(1)[0])
    yield made_of
    made_of.kill()


def events(count: int) -> list[Event]:
    """Of production: what is old of the sandbox is deleted."""
    told = of_app(APP, lives(12, count, clock.now()))
    return [event for event in told if event.environment is Environment.PRODUCTION]


async def killed_at(moments: Sequence[tuple[str, Moment]], role: Role) -> None:
    """One after the other, each in the next process; then one that is left alone, until it is ready."""
    for name, moment in moments:
        was = look(role.clickhouse, moment.table)
        role.begin()
        kill_at(role, moment, was)
        assert f'"migration": "{name}"' not in role.log(), f"{name} was over"
    await role.start()


async def test_killed_in_one_after_the_other_they_are_all_applied_once(
    role: Role, client: Client, writer: Writer
) -> None:
    told = events(120)
    past(role.clickhouse, TOLD, told)
    await killed_at(SOME, role)
    tell(writer, told)
    await equals_what_nobody_killed(role, client, APP)
    log = role.log()
    assert log.count('"migration_taken_up"') == len(SOME)
    new = [script.name for script in scripts(MIGRATIONS) if script.name >= TOLD]
    assert [log.count(f'"migration": "{name}"') for name in new] == [1] * len(new)


@pytest.mark.faults
@pytest.mark.parametrize("step", MOMENTS, ids=lambda step: f"{step[0][:4]} {step[1]}")
async def test_killed_at_any_moment_the_next_process_ends_them(
    role: Role, client: Client, writer: Writer, step: tuple[str, Moment], faults: bool
) -> None:
    if not faults:
        pytest.skip("minutes: with --faults only")
    told = events(1_000)
    past(role.clickhouse, step[0], told)
    await killed_at([step], role)
    tell(writer, told)
    await equals_what_nobody_killed(role, client, APP)
