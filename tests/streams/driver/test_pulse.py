"""What health tells of a role that has not begun, and of one that stops."""

from pathlib import Path

import pytest

from streams.contracts.step import Record, Step
from streams.driver.agent import Agent, Options
from streams.driver.application import Application
from streams.driver.pulse import Pulse, not_ready
from streams.driver.watchdog import Limits, verdict
from streams.settings.kafka import KafkaSettings


class Failed:
    """A followed topic that is followed no longer."""

    def problem(self) -> str | None:
        return "keys is not followed any more"


def step(_record: Record, _state: bytes | None) -> Step:
    return Step()


@pytest.fixture
async def app(tmp_path: Path) -> Application:
    """Not started."""
    kafka = KafkaSettings(bootstrap="127.0.0.1:1")
    options = Options(kafka=kafka, data_dir=tmp_path, partitions=2)
    return Application(Agent(name="role", reads=("inbox",), step=step), options)


async def test_a_role_that_has_not_begun_is_alive_and_not_ready(app: Application) -> None:
    pulse = Pulse(app)

    assert verdict(pulse, Limits()) is None
    assert not_ready(pulse) == "partitions are being taken up"


async def test_a_topic_that_is_followed_no_longer_is_trouble(app: Application) -> None:
    pulse = Pulse(app, [Failed()])

    assert verdict(pulse, Limits()) == "keys is not followed any more"


async def test_what_ends_while_the_role_stops_is_no_trouble(app: Application) -> None:
    pulse = Pulse(app, [Failed()])
    pulse.stopping = True

    assert verdict(pulse, Limits()) is None
    assert not_ready(pulse) == "the role is stopping"
