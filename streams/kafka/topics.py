"""Makes the topics and checks that they are as they must be; nothing else creates any.

What exists is never altered: a difference that would break a guarantee is a ConfigError with the
topic's name, and the operator decides.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from aiokafka import errors as foreign
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.contracts import topics as contract
from streams.contracts.errors import ConfigError
from streams.contracts.topics import MAX_RECORD, Topic
from streams.kafka.connection import client_options
from streams.kafka.errors import our_errors
from streams.kafka.topic_checks import OFFSETS_KEPT, short_offsets, topic_problems
from streams.settings.kafka import KafkaSettings

LEAST_REPLICAS = 3
_DAY = timedelta(days=1)
_SEGMENTS = 10  # retention drops whole segments: at least so many in the time that is kept
_OK, _EXISTS = 0, foreign.TopicAlreadyExistsError.errno

_log = structlog.get_logger()


async def create_and_check(
    kafka: KafkaSettings,
    *,
    partitions: int,
    replication: int,
    local: bool,
    allow_fewer_replicas: bool = False,
    topics: Sequence[Topic] = contract.ALL,
) -> None:
    """Raise ConfigError when a topic can't be made, or is not as asked."""
    if replication < LEAST_REPLICAS and not (local or allow_fewer_replicas):
        raise ConfigError(
            f"SN_REPLICATION is {replication}: what is acknowledged would not survive a broker."
            f" Set {LEAST_REPLICAS}, or pass --allow-fewer-replicas"
        )
    wanted = [new_topic(topic, partitions, replication) for topic in topics]
    async with admin(kafka) as client:
        with our_errors("creating topics"):
            await _create(client, wanted)
            problems = await topic_problems(client, wanted)
            days = await short_offsets(client)
    if days is not None:
        _log.warning("offsets_kept_too_short", setting=OFFSETS_KEPT, days=days)
    if problems:
        raise ConfigError("; ".join(problems))


def new_topic(topic: Topic, partitions: int, replication: int) -> NewTopic:
    """All that a topic is made with. Times are the broker's, so that ages mean something."""
    settings = {
        "max.message.bytes": str(MAX_RECORD),
        "message.timestamp.type": "LogAppendTime",
        "min.insync.replicas": str(min(2, max(1, replication - 1))),
    }
    kept = _compacted() if topic.retention is None else _retained(topic.retention)
    return NewTopic(
        topic.name, 1 if topic.single else partitions, replication, topic_configs=settings | kept
    )


def _retained(retention: timedelta) -> dict[str, str]:
    segment = min(_DAY, retention / _SEGMENTS)
    return {
        "cleanup.policy": "delete",
        "retention.ms": _ms(retention),
        "segment.ms": _ms(segment),
    }


def _compacted() -> dict[str, str]:
    # A tombstone must outlive the longest pause of a follower that goes on from where it was.
    return {
        "cleanup.policy": "compact",
        "retention.ms": "-1",
        "segment.ms": _ms(_DAY),
        "segment.bytes": str(64 * 1024 * 1024),
        "min.cleanable.dirty.ratio": "0.3",
        "delete.retention.ms": _ms(7 * _DAY),
    }


def _ms(time: timedelta) -> str:
    return str(time // timedelta(milliseconds=1))


@asynccontextmanager
async def admin(kafka: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administrator's client, started."""
    client = AIOKafkaAdminClient(**client_options(kafka), client_id="admin")
    try:
        with our_errors(f"connecting to Kafka at {kafka.bootstrap} (SN_KAFKA)"):
            await client.start()
        yield client
    finally:
        await client.close()


async def _create(client: AIOKafkaAdminClient, wanted: list[NewTopic]) -> None:
    there = set(await client.list_topics())
    missing = [topic for topic in wanted if topic.name not in there]
    if not missing:
        return
    answer = await client.create_topics(missing)
    for name, code, *text in answer.topic_errors:
        if code not in {_OK, _EXISTS}:
            reason = f"{foreign.for_code(code).__name__} {text[0] if text else ''}".strip()
            raise ConfigError(f"topic {name} could not be created: {reason}")
