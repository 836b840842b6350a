"""ClickHouse is lost: what Kafka holds is written again when the role is told to."""

import asyncio
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

from sinks.charts.consume import GROUP, TOPICS
from streams.contracts.ids import AppId
from streams.kafka.consumer import Consumer
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.sinks.charts.flow import of_app, out, until, visible
from tests.sinks.charts.lives import lives
from tests.sinks.charts.process import Role

APP = AppId("lost")


async def _has_read_all(kafka: KafkaSettings) -> None:
    """The group, by somebody who wrote it to tables that are gone."""
    async with Consumer(kafka, group=GROUP, topics=TOPICS, client_id="test") as consumer:
        while records := await consumer.read():
            for record in records:
                consumer.done(record)


async def _when_nobody_is_left(role: Role, *command: str) -> CompletedProcess[str]:
    """A member of another test that was killed stays in the group for its session."""
    async with asyncio.timeout(30):
        while (said := role.command(*command)).returncode != 0:
            assert "group charts still has members: end its processes" in said.stderr
            await asyncio.sleep(1)
    return said


async def _as_many(role: Role, count: int) -> bool:
    return await visible(role, APP) == count


async def test_what_was_lost_is_written_again(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> None:
    role = Role(kafka=kafka, folder=tmp_path, port=free_ports(1)[0], apps=(APP,))
    events = of_app(APP, lives(3, 10, clock.now()))
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([out(event) for event in events])
    await _has_read_all(kafka)

    said = await _when_nobody_is_left(role, "charts", "reread", "--from", f"{clock.now():%Y-%m-%d}")
    try:
        await role.start()
        await until(partial(_as_many, role, len({event.id for event in events})))
    finally:
        role.kill()

    assert "records are written again by the next python -m sinks charts" in said.stdout
