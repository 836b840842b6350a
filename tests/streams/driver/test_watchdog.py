"""When a worker is beyond help, and when waiting is right."""

import threading
from dataclasses import dataclass, replace

import pytest

from streams.driver.watchdog import Limits, verdict, watch

LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker that has had nothing to do for an hour."""

    trouble: str | None = None
    since_progress: float = 3600
    since_turn: float = 0.1
    records_wait: bool = False
    broker_answers: bool = True
    taking_up: bool = False


IDLE = Worker()
AT_WORK = replace(IDLE, records_wait=True, since_progress=1)


@pytest.mark.parametrize(
    "worker",
    [
        pytest.param(IDLE, id="idle for an hour"),
        pytest.param(AT_WORK, id="at work"),
        pytest.param(
            replace(AT_WORK, since_progress=70, broker_answers=False), id="broker away: wait"
        ),
        pytest.param(
            replace(IDLE, taking_up=True, since_progress=100), id="restoring, with progress"
        ),
    ],
)
def test_a_worker_that_can_go_on_is_left_alone(worker: Worker) -> None:
    assert verdict(worker, LIMITS) is None


@pytest.mark.parametrize(
    ("worker", "why"),
    [
        (replace(AT_WORK, since_progress=61), "records wait and no cycle ended"),
        (replace(IDLE, taking_up=True, since_progress=301), "could not be taken up"),
        (replace(IDLE, since_turn=121), "event loop"),
        (replace(AT_WORK, trouble="the group coordination ended"), "coordination ended"),
    ],
)
def test_a_worker_beyond_help_is_told_why_it_must_end(worker: Worker, why: str) -> None:
    found = verdict(worker, LIMITS)

    assert found is not None
    assert why in found


def test_the_watch_ends_what_is_beyond_help() -> None:
    ended: list[str] = []
    told = threading.Event()

    def end(why: str) -> None:
        ended.append(why)
        told.set()

    watch(replace(IDLE, trouble="it is broken"), LIMITS, end)

    assert told.wait(5)
    assert ended == ["it is broken"]
