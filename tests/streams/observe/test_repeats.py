"""An outage is told, not repeated."""

import logging
from collections.abc import Iterator

import pytest

from streams.observe.repeats import EVERY, Repeats


class Kept(logging.Handler):
    """Keeps what it was given, as text."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler = Kept()
    handler.addFilter(Repeats(("aiokafka",)))
    yield handler
    handler.close()


def said(handler: Kept, at: float, name: str = "aiokafka.conn", **more: object) -> None:
    record = logging.makeLogRecord(
        {
            "name": name,
            "levelno": logging.ERROR,
            "msg": "Unable connect to node with id %s",
            "args": (1,),
            "created": at,
            **more,
        }
    )
    handler.handle(record)


def test_what_is_said_again_soon_is_held_back_and_counted(kept: Kept) -> None:
    for second in (0.0, 0.1, EVERY - 0.1, EVERY, EVERY + 1):
        said(kept, 1_790_000_000 + second)

    assert kept.texts == [
        "Unable connect to node with id 1",
        "Unable connect to node with id 1 (2 more like it since the last)",
    ]


def test_each_text_and_each_logger_is_told_by_itself(kept: Kept) -> None:
    said(kept, 1_790_000_000)
    said(kept, 1_790_000_000, msg="Unable to update metadata from %s")
    said(kept, 1_790_000_000, name="aiokafka.cluster")

    assert len(kept.texts) == 3


def test_our_own_lines_and_tracebacks_always_pass(kept: Kept) -> None:
    for _ in range(2):
        said(kept, 1_790_000_000, name="streams.driver.drive")
        said(kept, 1_790_000_000, exc_info=(ValueError, ValueError("no"), None))

    assert len(kept.texts) == 4


def test_texts_without_end_are_not_all_remembered(kept: Kept) -> None:
    for number in (0, *range(1, 1_001), 0):
        said(kept, 1_790_000_000, msg=f"offset {number} %s")

    assert kept.texts.count("offset 0 1") == 2
