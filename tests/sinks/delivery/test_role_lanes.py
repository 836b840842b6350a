"""The breaker of a running process, seen from outside: by the command and by whoever follows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from sinks.delivery.breaker import BreakerPolicy, BreakerState
from sinks.delivery.lane_report import LaneBoard
from sinks.delivery.listing import list_destinations
from sinks.delivery.running import Configured
from sinks.delivery.schedule import Schedule
from streams.contracts.codec import read_json
from streams.contracts.ids import AppId
from streams.contracts.project import Project
from streams.contracts.topics import LANES
from streams.kafka.follower import Follower
from streams.observe import clock
from streams.settings.environment import load_settings
from streams.settings.kafka import KafkaSettings
from tests.receiver import Receiver, Reply
from tests.sinks.delivery.running import delivering, events_of, own_app, publish, to

Topics = tuple[str, ...]
MINUTES = timedelta(minutes=5)  # that a busy machine does not outlast
POLICY = BreakerPolicy(failures=2, cooldown=MINUTES, cooldown_max=MINUTES)
LONG = Schedule(steps=(MINUTES,), postponed=(MINUTES,))


@asynccontextmanager
async def followed(kafka: KafkaSettings) -> AsyncIterator[LaneBoard]:
    board = LaneBoard()
    follower = Follower(kafka, LANES, board.on_record)
    await follower.start()
    yield board
    await follower.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not holds():  # noqa: ASYNC110 - another process's word, seen from outside
            await asyncio.sleep(0.02)


async def test_an_open_breaker_is_seen_within_seconds_and_gone_when_its_process_has_ended(
    kafka: KafkaSettings, topics: Topics, capsys: pytest.CaptureFixture[str]
) -> None:
    app = own_app()
    async with followed(kafka) as board, Receiver() as receiver:
        receiver.default = Reply(status=500)
        plan = to(receiver, app, name=app, breaker=POLICY, schedule=LONG, concurrency=1)
        async with delivering(kafka, plan):
            await until(lambda: board.of(app, clock.now()).processes == 1)
            await publish(kafka, events_of(app, 6))
            await until(lambda: board.of(app, clock.now()).put_off == 4)
            seen = board.of(app, clock.now())
            settings = load_settings(
                {"SN_KAFKA": kafka.bootstrap, "SN_CHARTS_URL": "http://127.0.0.1:9"}
            )
            project = Project(name="shop", apps=(), sha256="")
            given = Configured(settings=settings, project=project, plans=(plan,))
            await list_destinations(given, as_json=True)
            (told,) = read_json(capsys.readouterr().out.splitlines()[-1])  # behind the role's log
            await list_destinations(given, as_json=False)
            shown = capsys.readouterr().out
        await until(lambda: board.of(app, clock.now()).processes == 0)

    assert (seen.breaker, seen.reason) == (BreakerState.OPEN, "http_500")
    assert AppId(told["name"]) == app
    assert (told["trouble"], told["log"]) == ("breaker open", None)
    assert told["lane"]["breaker"] == "open"
    assert told["lane"]["put_off_reason"] == "breaker_open"
    assert "open (http_500), probe at " in " ".join(shown.split())
