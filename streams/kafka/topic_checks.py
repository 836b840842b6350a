"""Compares the topics that exist with what they must be: what would break a guarantee is told by name."""

import asyncio
from datetime import timedelta

from aiokafka import errors as foreign
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

OFFSETS_KEPT = "offsets.retention.minutes"
_OFFSETS_WANTED = timedelta(days=30)
_APPEARS = 10.0  # seconds from a topic's making until the brokers know it
_LOOK_AGAIN = 0.05
_NOT_YET = {foreign.UnknownTopicOrPartitionError.errno, foreign.LeaderNotAvailableError.errno}

Partitions = list[dict[str, list[int]]]
Settings = dict[str, str]


async def topic_problems(client: AIOKafkaAdminClient, wanted: list[NewTopic]) -> list[str]:
    """How the topics that exist differ from `wanted`, each with its remedy."""
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


async def short_offsets(client: AIOKafkaAdminClient) -> int | None:
    """For how many days the brokers keep a stopped group's offsets, when that is too short.

    A group that is stopped for longer starts again at the earliest record. It is no setting of a
    topic, and many can't change it, so it is told and no more.
    """
    cluster = await client.describe_cluster()
    broker = ConfigResource(ConfigResourceType.BROKER, str(cluster["brokers"][0]["node_id"]))
    (answer,) = await client.describe_configs([broker])
    settings = {setting[0]: setting[1] for setting in answer.resources[0][4]}
    return days_if_short(settings.get(OFFSETS_KEPT))


def days_if_short(minutes: str | None) -> int | None:
    """None as well when we may not see the setting."""
    kept = _OFFSETS_WANTED if minutes is None else timedelta(minutes=int(minutes))
    return kept.days if kept < _OFFSETS_WANTED else None


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
        remedy = "" if asked == 1 else " set SN_PARTITIONS to what is there, or"
        problems.append(
            f"topic {name} has {len(partitions)} partitions, not {asked}: counts never change in"
            f" place;{remedy} start with a new cluster"
        )
    replicas = min((len(partition["replicas"]) for partition in partitions), default=0)
    if replicas < topic.replication_factor:
        problems.append(
            f"topic {name} has {replicas} replicas, not {topic.replication_factor}:"
            " reassign it with Kafka's own tools, or set SN_REPLICATION to what is there"
            " (SN_LOCAL=1 for deploy/up's broker)"
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
    if not found:
        return False
    if name in {"max.message.bytes", "min.insync.replicas"}:
        return int(found) >= int(asked)
    if name == "retention.ms":
        return int(found) == -1 or (asked != "-1" and int(found) >= int(asked))
    if name in {"cleanup.policy", "message.timestamp.type"}:
        return found == asked
    return True
