"""Makes the topics and checks that they are as they must be; nothing else creates any.

What exists is never altered: a difference that would break a guarantee is a ConfigError with the
topic's name, and the operator decides.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from aiokafka import errors as foreign
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.contracts import topics as contract
from streams.contracts.errors import ConfigError
from streams.contracts.topics import MAX_RECORD, Topic
from streams.kafka.connection import client_options
from streams.kafka.errors import our_errors
from streams.settings.kafka import KafkaSettings

LEAST_REPLICAS = 3
_DAY = timedelta(days=1)
_SEGMENTS = 10  # retention drops whole segments: at least so many in the time that is kept
_APPEARS = 10.0  # seconds from a topic's making until the brokers know it
_LOOK_AGAIN = 0.05
_OK, _EXISTS = 0, foreign.TopicAlreadyExistsError.errno
_NOT_YET = {foreign.UnknownTopicOrPartitionError.errno, foreign.LeaderNotAvailableError.errno}

Partitions = list[dict[str, list[int]]]
Settings = dict[str, str]


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
            problems = await _problems(client, wanted)
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


async def _problems(client: AIOKafkaAdminClient, wanted: list[NewTopic]) -> list[str]:
    names = [topic.name for topic in wanted]
    async with asyncio.timeout(_APPEARS):
        while (found := await _described(client, names)) is None:  # noqa: ASYNC110 - it can only be asked
            await asyncio.sleep(_LOOK_AGAIN)
    shapes, settings = found
    return [
        problem
        for topic in wanted
        for problem in (
            *_shape_problems(topic, shapes[topic.name]),
            *_setting_problems(topic, settings[topic.name]),
        )
    ]


async def _described(
    client: AIOKafkaAdminClient, names: list[str]
) -> tuple[dict[str, Partitions], dict[str, Settings]] | None:
    """None while the broker that answers does not know all of them yet."""
    topics = await client.describe_topics(names)
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    (answer,) = await client.describe_configs(resources)
    codes = {topic["error_code"] for topic in topics} | {code for code, *_ in answer.resources}
    if codes & _NOT_YET:
        return None
    shapes = {topic["topic"]: topic["partitions"] for topic in topics}
    settings = {
        name: {setting[0]: setting[1] for setting in found}
        for _code, _text, _kind, name, found in answer.resources
    }
    return shapes, settings


def _shape_problems(topic: NewTopic, partitions: Partitions) -> list[str]:
    name, asked = topic.name, topic.num_partitions
    problems = []
    if len(partitions) != asked:
        problems.append(
            f"topic {name} has {len(partitions)} partitions, not {asked}: counts never change in"
            " place; set SN_PARTITIONS to what is there, or start a new cluster"
        )
    replicas = min((len(partition["replicas"]) for partition in partitions), default=0)
    if replicas < topic.replication_factor:
        problems.append(
            f"topic {name} has {replicas} replicas, not {topic.replication_factor}:"
            " reassign it with Kafka's own tools, or set SN_REPLICATION to what is there"
        )
    return problems


def _setting_problems(topic: NewTopic, found: Settings) -> list[str]:
    return [
        f"topic {topic.name} has {name}={found.get(name)}, not {value}: set it with"
        f" kafka-configs.sh --alter --topic {topic.name} --add-config {name}={value}"
        for name, value in topic.topic_configs.items()
        if not _serves(name, found.get(name, ""), value)
    ]


def _serves(name: str, found: str, asked: str) -> bool:
    """More than asked serves; how compaction is tuned is the operator's."""
    if name in {"max.message.bytes", "min.insync.replicas"}:
        return int(found) >= int(asked)
    if name == "retention.ms":
        return int(found) == -1 or (asked != "-1" and int(found) >= int(asked))
    if name in {"cleanup.policy", "message.timestamp.type"}:
        return found == asked
    return True
