"""Reads the dead letters that were not replayed since, in memory that does not grow with how many there are.

A note that a letter was replayed stands behind it in its topic, so the topic is read twice: first for
the notes, of which a bit each is remembered, then for the letters.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from sinks.delivery.dead_letters import DeadLetter, Replays, read_letter
from streams.contracts.step import Record
from streams.contracts.topics import DELIVERIES_DEAD, FORWARDS_DEAD
from streams.kafka.history import History
from streams.settings.kafka import KafkaSettings

DEAD = (DELIVERIES_DEAD, FORWARDS_DEAD)
Progress = Callable[[int, int], None]
"""Called with how many records were read, and of how many."""


async def open_letters(
    kafka: KafkaSettings, topic: str, progress: Progress, since: datetime | None = None
) -> AsyncIterator[list[DeadLetter]]:
    """Of one topic, in each partition's order; `since`: written since then."""
    done = Replays()
    async with History(kafka, topic, since=since) as history:
        async for batch in read_on(history, progress, passes=2):
            for one in batch:
                done.note(one)
    async with History(kafka, topic, since=since) as history:
        async for batch in read_on(history, progress, passes=2, before=1):
            letters = [letter for one in batch if (letter := read_letter(one)) is not None]
            yield [letter for letter in letters if not done.has(letter)]


async def read_on(
    history: History, progress: Progress, *, passes: int = 1, before: int = 0
) -> AsyncIterator[list[Record]]:
    """The history's batches, told as the part that one of several passes is of all."""
    read = before * history.total
    progress(read, passes * history.total)
    async for batch in history.batches():
        yield batch
        read += len(batch)
        progress(read, passes * history.total)
