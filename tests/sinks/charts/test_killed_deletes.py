"""kill -9 inside retention's delete and inside an erasure: what is asked again ends where one nobody killed does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from clickhouse_connect.driver.client import Client

from sinks.charts.ask import post
from sinks.charts.erase import Erasures
from sinks.charts.erased import Kind, Named
from sinks.charts.retention import SANDBOX_DAYS, delete_old_sandbox
from sinks.charts.writer import Writer
from streams.contracts.errors import TransientError
from streams.contracts.event import Event
from streams.contracts.ids import AppId, CustomerId
from streams.contracts.words import Environment
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.sinks.charts.asking import tell
from tests.sinks.charts.flow import all_visible, of_app, out
from tests.sinks.charts.lives import DAY, lives
from tests.sinks.charts.moments import changing, kill_at, look
from tests.sinks.charts.past import NOW, past
from tests.sinks.charts.process import Role
from tests.sinks.charts.same import equals_what_nobody_killed
from tests.sinks.charts.story import Story

OLD, ERASED = AppId("old"), AppId("erased")
# In which table, one after the other; without --faults in the last alone.
DELETED = ("subscriptions", "told_events", "events")
CHANGED = ("told_events", "customer_aliases", "events")
LAST = ("events",)
ANN, DEVICE = CustomerId("ann@example.com"), CustomerId("$device-of-ann")


@pytest_asyncio.fixture
async def role(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> AsyncIterator[Role]:
    made = Role(kafka=kafka, folder=tmp_path, port=free_ports(1)[0], apps=(OLD, ERASED))
    yield made
    made.kill()


def half_in_sandbox() -> list[Event]:
    """Nothing of it becomes old while the test runs."""
    edge = clock.now() - timedelta(days=SANDBOX_DAYS)
    told = of_app(OLD, lives(14, 150, clock.now()))
    near = {one.subscription_id for one in told if abs(one.received_at - edge) < DAY}
    return [
        replace(event, environment=Environment.SANDBOX)
        if event.subscription_id[-1] in "02468"
        else event
        for event in told
        if event.subscription_id not in near
    ]


def of_old_ones(events: list[Event]) -> list[Event]:
    """Of each that is deleted, one that comes late: what is left of it is this alone."""
    now = clock.now()
    last = {event.subscription_id: event for event in events}
    return [
        replace(event, received_at=now)
        for event in last.values()
        if event.environment is Environment.SANDBOX and event.received_at < now - 90 * DAY
    ]


async def test_killed_inside_the_delete_of_old_sandbox_subscriptions(
    role: Role, kafka: KafkaSettings, client: Client, writer: Writer, faults: bool
) -> None:
    """Some of them are told of again, and no process writes that before all is deleted."""
    events = half_in_sandbox()
    again = of_old_ones(events)
    assert len(again) > 10
    past(role.clickhouse, NOW, events)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([out(event) for event in again[::2]])
    for table in DELETED if faults else LAST:
        was = look(role.clickhouse, table)
        role.begin()
        kill_at(role, changing(table), was)
    await role.start()
    tell(writer, events)
    delete_old_sandbox(client, clock.now())
    tell(writer, again[::2])
    left = client.query("SELECT DISTINCT toString(event_id) FROM events").result_rows
    assert len(left) < len({event.id for event in events})
    await all_visible(role, OLD, [event for event in events if (event.id,) in left])
    await equals_what_nobody_killed(role, client, OLD)


def of_ann(story: Story) -> list[Event]:
    return [
        replace(event, customer_id=ANN, original_customer_id=DEVICE, aliases=(ANN, DEVICE))
        for event in story.events
    ]


def with_ann() -> list[Event]:
    """Hers among those of many others."""
    told = of_app(ERASED, lives(15, 80, clock.now()))
    told = [event for event in told if event.environment is Environment.PRODUCTION]
    for name in range(5):
        story = Story(f"of ann {name}", app=ERASED)
        story.pays("2026-01-01", "2026-02-01", "4.99")
        story.pays("2026-02-01", "2026-03-01", "4.99")
        told += of_ann(story)
    return told


async def test_killed_inside_an_erasure_it_is_ended_by_asking_again(
    role: Role, client: Client, writer: Writer, faults: bool
) -> None:
    """By one of the customer's ids, and not the one that events are kept under."""
    events = with_ann()
    past(role.clickhouse, NOW, events)
    await role.start()
    for table in CHANGED if faults else LAST:
        was = look(role.clickhouse, table)
        asking = asyncio.create_task(_erase(role))
        await asyncio.to_thread(kill_at, role, changing(table), was)
        assert await asking is None, f"{table} was over"
        await role.start()
    erased = await _erase(role)
    assert erased is not None
    tell(writer, events)
    Erasures(client).note([Named(ERASED, Kind.CUSTOMER, DEVICE)], erased)
    assert writer.erase(ERASED, DEVICE).pseudonym == erased
    await equals_what_nobody_killed(role, client, ERASED)
    for name in (ANN, DEVICE):
        assert await role.query(f"SELECT count() FROM events WHERE has(aliases, '{name}')") == [[0]]


async def _erase(role: Role) -> str | None:
    """Who they are now; None: the process died meanwhile."""
    with suppress(TransientError):
        said = await post(role.url, "/v1/erasures", {"app": ERASED, "customer": DEVICE})
        return str(said["pseudonym"])
    return None
