"""Moves a group back, so that it reads again what its topics still hold: for a sink that lost what it wrote.

Only for a group whose writing again changes nothing. What is read again is read in the order of the
topics, and the group's lag tells how far it is.
"""

from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.kafka.connection import client_options
from streams.kafka.ending import end
from streams.kafka.errors import our_errors
from streams.kafka.skip import committed_by, move
from streams.settings.kafka import KafkaSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewound:
    """A group stood at `committed` and goes on at `resumed`, which is never behind it."""

    topic: str
    partition: int
    committed: int
    resumed: int


async def rewind(kafka: KafkaSettings, group: str, *, since: datetime | None) -> list[Rewound]:
    """To what was written from `since` on; None: to all that is kept. Gives what moved.

    ConfigError while members of the group still run, or when it has never read.
    """
    committed = await committed_by(kafka, group)
    starts = await _starts(kafka, list(committed), since)
    moved = [
        Rewound(topic=tp.topic, partition=tp.partition, committed=at, resumed=starts[tp])
        for tp, at in sorted(committed.items())
        if starts.get(tp, at) < at
    ]
    if moved:
        await move(kafka, group, {TopicPartition(m.topic, m.partition): m.resumed for m in moved})
    return moved


async def _starts(
    kafka: KafkaSettings, tps: list[TopicPartition], since: datetime | None
) -> dict[TopicPartition, int]:
    """Of a partition that holds nothing from `since` on: none."""
    reader = AIOKafkaConsumer(**client_options(kafka), client_id="rewind", group_id=None)
    try:
        with our_errors("asking for where to read again from"):
            await reader.start()
            if since is None:
                return dict(await reader.beginning_offsets(tps))
            since_ms = round(since.timestamp() * 1000)
            found = await reader.offsets_for_times(dict.fromkeys(tps, since_ms))
    finally:
        await end(reader)
    return {tp: at.offset for tp, at in found.items() if at is not None}
