"""kill -9 inside a rebuild, in each of its phases, while events come: the live table is whole, and the
next rebuild equals it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from random import Random

import pytest_asyncio
from clickhouse_connect.driver.client import Client

from sinks.charts.ask import post
from sinks.charts.rebuild import REBUILT
from sinks.charts.writer import SUBSCRIPTIONS, Writer
from streams.contracts.event import Event
from streams.contracts.ids import AppId
from streams.contracts.words import Environment
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.sinks.charts.asking import tell
from tests.sinks.charts.flow import all_visible, of_app, out
from tests.sinks.charts.in_small_parts import EVENTS_A_PART
from tests.sinks.charts.lives import lives
from tests.sinks.charts.moments import Moment, kill_at, look, merged, replaced, written
from tests.sinks.charts.past import NOW, past
from tests.sinks.charts.process import Role
from tests.sinks.charts.same import equals_what_nobody_killed

APP = AppId("rebuilt")
PARTS = 6  # at least, of what is there before
PHASES = ("it folds", "it merges", "it catches up", "it has swapped")
SOME = ("it folds", "it has swapped")


@pytest_asyncio.fixture
async def role(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> AsyncIterator[Role]:
    made = Role(
        kafka=kafka,
        folder=tmp_path,
        port=free_ports(1)[0],
        module="tests.sinks.charts.in_small_parts",
    )
    yield made
    made.kill()


def history() -> list[Event]:
    """Of production: what is old of the sandbox is deleted."""
    told = of_app(APP, lives(13, 150, clock.now()))
    return [event for event in told if event.environment is Environment.PRODUCTION]


@asynccontextmanager
async def streaming(kafka: KafkaSettings, events: Sequence[Event]) -> AsyncIterator[None]:
    """Inside, some events come all the time, again and again; at the end each has come."""

    async def stream(producer: Producer) -> None:
        for start in cycle(range(40)):
            await producer.send_all([out(event) for event in events[start::40]])
            await asyncio.sleep(0.1)

    async with Producer(kafka, client_id="test") as producer:
        task = asyncio.create_task(stream(producer))
        yield
        task.cancel()
        await asyncio.wait([task])
        await producer.send_all([out(event) for event in events])


async def asked(role: Role) -> int:
    """A rebuild begins; in how many parts."""
    said = await post(role.url, "/v1/rebuild", {})
    while not said["parts"]:
        said = await role.get("/v1/rebuild")
    return int(said["parts"])


async def killed_in_a_rebuild(role: Role, phase: str, random: Random) -> None:
    """Asked for as the command does; the process is up again afterwards."""
    before = {table: look(role.clickhouse, table) for table in (REBUILT, SUBSCRIPTIONS)}
    parts = await asked(role)
    assert parts >= PARTS
    moments: dict[str, Moment] = {
        "it folds": written(REBUILT, random.randint(1, parts - 1)),
        "it merges": merged(REBUILT, parts),
        "it catches up": written(REBUILT, parts + 1),
        "it has swapped": replaced(SUBSCRIPTIONS),
    }
    moment = moments[phase]
    await asyncio.to_thread(kill_at, role, moment, before[moment.table])
    await role.start()


async def test_killed_in_each_phase_while_events_come_the_tables_are_the_same(
    role: Role, kafka: KafkaSettings, client: Client, writer: Writer, faults: bool
) -> None:
    """With --faults each of them several times, in any order."""
    events = history()
    first = events[: EVENTS_A_PART * PARTS]
    past(role.clickhouse, NOW, first)
    await role.start()
    random = Random(6)
    phases = random.sample(PHASES * 3, 3 * len(PHASES)) if faults else SOME
    async with streaming(kafka, events):
        for phase in phases:
            await killed_in_a_rebuild(role, phase, random)
    await all_visible(role, APP, events)
    tell(writer, events)
    await equals_what_nobody_killed(role, client, APP)
    assert role.log().count('"unfinished_rebuild_dropped"') == len(phases)
    rebuilt = role.command("charts", "rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    await equals_what_nobody_killed(role, client, APP)
