"""The whole role on a real broker: killed in the middle and started again, asked by its commands."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from clickhouse_connect.driver.client import Client

from deploy.local.broker import Broker
from sinks.charts.answer import plain
from sinks.charts.writer import Writer
from streams.contracts import topics as names
from streams.contracts.codec import encode, read_json
from streams.contracts.event import Event
from streams.contracts.ids import AppId
from streams.contracts.outcome import LastReceived
from streams.contracts.step import Out
from streams.contracts.words import Environment
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.hanging import hanging
from tests.sinks.charts.asking import tell
from tests.sinks.charts.flow import all_visible, fresh, out, until, visible
from tests.sinks.charts.lives import lives
from tests.sinks.charts.oracle import subscriptions
from tests.sinks.charts.oracle_calendar import Asked, calendar
from tests.sinks.charts.oracle_charts import active
from tests.sinks.charts.process import Role
from tests.sinks.charts.records import AT, STORE, attempt, dead, outcome, raw

pytestmark = pytest.mark.faults
APP = AppId("killed")
ROWS = "SELECT * FROM subscriptions FINAL WHERE app_id = 'killed' ORDER BY subscription_id"


@pytest_asyncio.fixture
async def role(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> AsyncIterator[Role]:
    running = Role(kafka=kafka, folder=tmp_path, port=free_ports(1)[0])
    await running.start()
    yield running
    running.kill()


def history() -> list[Event]:
    """About a thousand events of one app, nothing of which turns, or is deleted, while the test runs."""
    now = clock.now()
    told = [replace(event, app_id=APP) for event in lives(7, 150, now)]
    recent = {one.subscription_id for one in told if one.received_at > now - timedelta(days=80)}
    told = [
        event
        for event in told
        if event.environment is Environment.PRODUCTION or event.subscription_id in recent
    ]
    near = {
        period.payment.subscription_id
        for one in subscriptions(told)
        for period in one.periods
        for turn in (period.start, period.end, period.patient_until or period.end)
        if abs(turn - now) < timedelta(minutes=15)
    }
    return [event for event in told if event.subscription_id not in near]


def kept(seed: int, count: int) -> list[Event]:
    """Lives of production: what is old of the sandbox is deleted while the test looks at it."""
    told = (replace(event, app_id=APP) for event in lives(seed, count, clock.now()))
    return [event for event in told if event.environment is Environment.PRODUCTION]


async def test_killed_in_the_middle_again_and_again_the_tables_are_the_same(
    role: Role, kafka: KafkaSettings, client: Client, writer: Writer
) -> None:
    events = history()
    told = events + Random(1).sample(events, len(events) // 5)
    Random(2).shuffle(told)
    third = len(told) // 3 + 1
    acknowledged: list[Event] = []
    async with Producer(kafka, client_id="test") as producer:
        for start in range(0, len(told), third):
            seen = await visible(role, APP)
            stream = asyncio.create_task(_stream(producer, told[start:][:third], acknowledged))
            await until(partial(_moved, role, seen))
            shown = await visible(role, APP)
            assert len({event.id for event in acknowledged}) > shown, "nothing is in flight"
            role.kill()
            await stream
            await role.start()
    await all_visible(role, APP, events)
    tell(writer, events)
    assert await role.query(ROWS) == _in_process(client)
    await _equals_the_oracle(role, events)


async def test_what_was_read_is_written_when_it_is_told_to_stop(
    role: Role, kafka: KafkaSettings
) -> None:
    events = history()[:300]
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([out(event) for event in events])
    await all_visible(role, APP, events)
    # Of what came before: a new broker's group has no coordinator at first, which aiokafka tells as an error.
    before = len(role.log())
    assert role.stop() == 0
    assert '"level": "error"' not in role.log()[before:]


async def _tell_of_everything(kafka: KafkaSettings, events: Sequence[Event]) -> None:
    """One record at least of every topic that the role reads."""
    received = LastReceived(app_id=APP, store=STORE, last_received_at=AT, counts={"matched": 2})
    forged = raw(b"forged", "receipt-forged")
    one_each = (outcome(app_id=APP), attempt(app_id=APP, started_at=clock.now()))
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=names.LAST_RECEIVED, key=b"killed/stripe", value=b"?"))
        await producer.send(
            Out(topic=names.LAST_RECEIVED, key=b"killed/app_store", value=encode(received))
        )
        for each in (forged, dead(forged), *one_each):
            copy = Out(topic=each.topic, key=None, value=each.value, headers=each.headers)
            await producer.send(copy)
        await producer.send_all([out(event) for event in events])


async def test_operators_see_it_all_by_commands(role: Role, kafka: KafkaSettings) -> None:
    events = kept(8, 20)
    await _tell_of_everything(kafka, events)
    await all_visible(role, APP, events)

    await until(partial(_labelled, role))
    await until(partial(_attempted, role))
    status = role.command("status")
    assert status.returncode == 0, status.stderr
    assert "Killed (killed): Grow (Sandbox), not shipped" in status.stdout
    assert "Last received 2026-11-01 12:00:00 UTC" in status.stdout
    assert "backend" in status.stdout
    assert "read to the end: " in status.stdout

    chart = role.command("chart", "mrr", "--last", "7d", "--app", "killed")
    assert chart.returncode == 0, chart.stderr
    assert clock.now().date().isoformat() in chart.stdout
    assert "mrr_usd_micros" in chart.stdout

    asked = ("--refunds-on", "refund", "--resolution", "month")
    revenue = role.command("chart", "revenue", "--last", "7d", *asked)
    assert "net_of_tax_usd" in revenue.stdout, revenue.stderr
    long = role.command("query", f"SELECT {', '.join(f'1 AS a_long_name_{n}' for n in range(20))}")
    assert "a_long_name_19" in long.stdout
    retention = role.command("chart", "retention", "--duration", "a week")
    assert "duration is 'a week': use one such as" in retention.stderr

    query = role.command("query", "SELECT reason, body FROM notifications WHERE reason != ''")
    assert "signature" in query.stdout
    assert "forged" in query.stdout

    await _piped(role)

    wrong = role.command("chart", "mrr", "--segment", "color")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "segment is 'color': use" in wrong.stderr


async def _piped(role: Role) -> None:
    """As CSV and JSON, for other tools."""
    given = f"{role.url}/v1/charts/mrr?from=2026-01-01&to=2026-01-02&format=csv"
    days = ("--from", "2026-01-01", "--to", "2026-01-02")
    async with ClientSession() as session, session.get(given) as answer:
        as_given = await answer.text()
    table = role.command("chart", "mrr", *days, "--format", "csv")
    assert table.stdout == as_given, table.stderr
    rows = read_json(role.command("chart", "mrr", *days, "--format", "json").stdout)
    assert [row["period_start"] for row in rows] == ["2026-01-01", "2026-01-02"]
    sql = "SELECT 1.5 AS n, '=1+1' AS formula, NULL AS nothing"
    assert role.command("query", sql, "--format", "csv").stdout == "n,formula,nothing\n1.5,'=1+1,\n"
    assert read_json(role.command("query", sql, "--format", "json").stdout) == [
        {"n": 1.5, "formula": "=1+1", "nothing": None}
    ]


async def test_operators_keep_the_tables_by_commands(role: Role, kafka: KafkaSettings) -> None:
    events = kept(9, 20)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([out(event) for event in events])
    await all_visible(role, APP, events)

    whose = events[0].customer_id
    theirs = f"SELECT count() > 0 FROM events WHERE customer_id = '{whose}'"
    assert await role.query(theirs) == [[True]]
    erased = role.command("erase-customer", whose, "--app", "killed", "--yes")
    assert erased.returncode == 0, erased.stderr
    assert erased.stdout.startswith("erased: ")
    assert await role.query(f"{theirs} AND {fresh()}") == [[False]]
    nobody = role.command("erase-customer", "nobody", "--app", "killed", "--yes")
    assert nobody.stdout.startswith("nobody was not known in killed")
    mistyped = role.command("erase-customer", "bob", "--app", "kiled", "--yes")
    assert (mistyped.returncode, mistyped.stdout) == (1, "")
    assert "app is 'kiled': project.toml has killed" in mistyped.stderr

    rebuilt = role.command("charts", "rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert f"{len({one.subscription_id for one in events})} subscriptions in" in rebuilt.stdout


async def test_a_second_process_on_the_same_directory_says_so_and_ends(role: Role) -> None:
    second = replace(role, port=free_ports(1)[0], process=None)
    ended = second.command("charts")
    assert ended.returncode == 2
    assert "SN_CLICKHOUSE" in ended.stderr
    assert "Is another process using the directory?" in ended.stderr


async def _not_ready(role: Role) -> str:
    """Why not; "" when it is."""
    async with ClientSession() as session, session.get(f"{role.url}/readyz") as answer:
        return "" if answer.status == HTTPStatus.OK else str((await answer.json())["reason"])


async def test_it_is_not_ready_while_the_broker_hangs(role: Role, broker: Broker) -> None:
    async def not_ready() -> bool:
        return "the broker has not answered charts" in await _not_ready(role)

    async def ready() -> bool:
        return not await _not_ready(role)

    await until(ready)
    with hanging(broker):
        await until(not_ready)
    await until(ready)


async def _stream(producer: Producer, told: Sequence[Event], acknowledged: list[Event]) -> None:
    """About a thousand a second."""
    for start in range(0, len(told), 10):
        some = told[start:][:10]
        await producer.send_all([out(event) for event in some])
        acknowledged += some
        await asyncio.sleep(0.01)


async def _attempted(role: Role) -> bool:
    """What no chart shows is written up to a second later."""
    sql = f"SELECT count() FROM attempts WHERE app_id = '{APP}' AND {fresh()}"
    return bool((await role.query(sql))[0][0])


async def _labelled(role: Role) -> bool:
    answer = await role.get("/v1/last-received")
    return bool(answer["apps"][0]["stores"][0]["last_received_at"])


async def _moved(role: Role, seen: int) -> bool:
    return await visible(role, APP) > seen


def _in_process(client: Client) -> list[list[object]]:
    return [[plain(value) for value in row] for row in client.query(ROWS).result_rows]


async def _equals_the_oracle(role: Role, events: Sequence[Event]) -> None:
    """Over HTTP, from a process in another time zone."""
    now = clock.now()
    production = [event for event in events if event.environment is Environment.PRODUCTION]
    first = now.date() - timedelta(days=60)
    days = list(calendar(first, now.date(), "day"))
    asked = Asked(now=now, periods=days, segment="store", owners={})
    true = active(subscriptions(production), asked)
    chart = await role.get(
        "/v1/charts/mrr", app="killed", segment="store", **{"from": first.isoformat()}
    )
    shown = {(row["period_start"], row["segment"]): row["mrr_usd_micros"] for row in chart["rows"]}
    assert shown == {(str(key[0]), key[1]): row["mrr"] for key, row in true.items()}
