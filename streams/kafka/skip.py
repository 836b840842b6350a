"""Moves a group past records that the broker holds no more, and writes down what it missed.

The way on after a ConfigError that a committed offset is out of range. First the gap is recorded as
outcome `skipped`, acknowledged; only then does the group's offset move.
"""

from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka import errors as foreign

from streams.contracts import topics as contract
from streams.contracts.codec import encode
from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.step import Out
from streams.contracts.words import Origin
from streams.kafka.connection import client_options
from streams.kafka.ending import end
from streams.kafka.errors import our_errors
from streams.kafka.offset_answers import committed_offsets
from streams.kafka.producer import Producer
from streams.kafka.topics import admin
from streams.settings.kafka import KafkaSettings

_NOBODY = "-"  # the gap is of a group, not of an app


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A group stood at `committed` and goes on at `resumed`; `missed` records are lost to it.

    `resumed` before `committed`: the topic was made anew or cut off; it is read from its start.
    """

    group: str
    topic: str
    partition: int
    committed: int
    resumed: int

    @property
    def missed(self) -> int:
        """How many, as far as offsets tell."""
        return max(0, self.resumed - self.committed)


async def skip(kafka: KafkaSettings, group: str, *, now: datetime) -> list[Skipped]:
    """Only what is out of range moves. ConfigError while members of the group still run."""
    gaps = await _gaps(kafka, group)
    if not gaps:
        return []
    async with Producer(kafka, client_id="skip") as producer:
        await producer.send_all([_outcome(gap, now) for gap in gaps])
    await move(kafka, group, {TopicPartition(g.topic, g.partition): g.resumed for g in gaps})
    return gaps


async def committed_by(kafka: KafkaSettings, group: str) -> dict[TopicPartition, int]:
    """On topics that are there. ConfigError when it has never read."""
    async with admin(kafka) as client:
        with our_errors(f"asking for the offsets of {group}"):
            there = set(await client.list_topics())
            found = await committed_offsets(client, group)
            known = sorted({name for name, *_ in await client.list_consumer_groups()} - {group})
    committed = {tp: at for tp, at in found.items() if tp.topic in there}
    if not committed:
        raise ConfigError(
            f"no group {group!r} has committed anything: there is nothing to move; there are"
            f" {', '.join(known) or 'no groups'}"
        )
    return committed


async def _gaps(kafka: KafkaSettings, group: str) -> list[Skipped]:
    committed = await committed_by(kafka, group)
    reader = AIOKafkaConsumer(**client_options(kafka), client_id="skip", group_id=None)
    try:
        with our_errors(f"asking for the ends of what {group} reads"):
            await reader.start()
            starts = await reader.beginning_offsets(list(committed))
            ends = await reader.end_offsets(list(committed))
    finally:
        await end(reader)
    return [
        Skipped(
            group=group,
            topic=tp.topic,
            partition=tp.partition,
            committed=at,
            resumed=starts[tp],
        )
        for tp, at in sorted(committed.items())
        if not starts[tp] <= at <= ends[tp]
    ]


async def move(kafka: KafkaSettings, group: str, offsets: dict[TopicPartition, int]) -> None:
    """The group goes on from `offsets`. ConfigError while members of it still run."""
    mover = AIOKafkaConsumer(
        **client_options(kafka), client_id="skip", group_id=group, enable_auto_commit=False
    )
    mover.assign(list(offsets))
    try:
        with our_errors(f"moving {group}"):
            await mover.start()
            await _commit(mover, group, offsets)
    finally:
        await end(mover)


async def _commit(mover: AIOKafkaConsumer, group: str, offsets: dict[TopicPartition, int]) -> None:
    try:
        await mover.commit(offsets)
    except foreign.CommitFailedError as error:  # only an empty group takes commits from outside
        raise ConfigError(
            f"group {group} still has members: end its processes, wait for their session timeout,"
            " then try again"
        ) from error


def _outcome(gap: Skipped, now: datetime) -> Out:
    place = f"{gap.topic}:{gap.partition}:{gap.committed}"
    outcome = Outcome(
        kind=OutcomeKind.SKIPPED,
        app_id=AppId(_NOBODY),
        store=StoreName(_NOBODY),
        received_at=now,
        receipt_id=ReceiptId(f"skip/{gap.group}/{place}"),
        origin=Origin.REFRESH,
        reason="offset_out_of_range",
        detail=f"{gap.group} went from {place} to {gap.resumed}",
        count=gap.missed,
    )
    return Out(topic=contract.OUTCOMES, key=f"{_NOBODY}/{_NOBODY}".encode(), value=encode(outcome))
