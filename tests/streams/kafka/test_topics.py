"""Topics are made as they must be; what is there and differs is refused by name."""

from datetime import timedelta
from uuid import uuid4

import pytest
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.contracts import topics as contract
from streams.contracts.errors import ConfigError
from streams.contracts.topics import MAX_RECORD, Topic
from streams.kafka.topic_checks import days_if_short, short_offsets
from streams.kafka.topics import admin, create_and_check
from streams.settings.kafka import KafkaSettings


@pytest.fixture
def name() -> str:
    return f"test.{uuid4().hex}"


async def _settings_of(kafka: KafkaSettings, topic: str) -> dict[str, str]:
    async with admin(kafka) as client:
        (answer,) = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    return {setting[0]: setting[1] for setting in answer.resources[0][4]}


async def test_every_topic_of_the_service_is_made_and_a_second_time_is_harmless(
    kafka: KafkaSettings, topics: tuple[str, ...]
) -> None:
    await create_and_check(kafka, partitions=4, replication=1, local=True)
    async with admin(kafka) as client:
        shapes = {t["topic"]: t for t in await client.describe_topics(list(topics))}
    for topic in contract.ALL:
        assert len(shapes[topic.name]["partitions"]) == (1 if topic.single else 4)


async def test_a_retained_topic_keeps_its_time_and_takes_large_records(
    kafka: KafkaSettings, topics: tuple[str, ...]
) -> None:
    found = await _settings_of(kafka, contract.RAW)
    assert found["cleanup.policy"] == "delete"
    assert int(found["retention.ms"]) == 30 * 24 * 3600 * 1000
    assert int(found["segment.ms"]) == 24 * 3600 * 1000
    assert int(found["max.message.bytes"]) == MAX_RECORD
    assert found["message.timestamp.type"] == "LogAppendTime"


async def test_a_compacted_topic_is_compacted_in_time_and_kept_for_ever(
    kafka: KafkaSettings, topics: tuple[str, ...]
) -> None:
    found = await _settings_of(kafka, contract.CUSTOMERS)
    assert found["cleanup.policy"] == "compact"
    assert int(found["segment.ms"]) == 24 * 3600 * 1000
    assert int(found["delete.retention.ms"]) == 7 * 24 * 3600 * 1000
    assert int(found["max.message.bytes"]) == MAX_RECORD


async def test_wrong_partition_counts_name_the_topic_and_the_remedy(
    kafka: KafkaSettings, name: str
) -> None:
    topic = Topic(name=name, retention=timedelta(days=1))
    await create_and_check(kafka, partitions=2, replication=1, local=True, topics=[topic])
    with pytest.raises(ConfigError, match=f"{name} has 2 partitions, not 3.*SN_PARTITIONS"):
        await create_and_check(kafka, partitions=3, replication=1, local=True, topics=[topic])


async def test_too_few_replicas_of_an_existing_topic_are_named(
    kafka: KafkaSettings, name: str
) -> None:
    topic = Topic(name=name, retention=timedelta(days=1))
    await create_and_check(kafka, partitions=1, replication=1, local=True, topics=[topic])
    with pytest.raises(ConfigError, match=f"{name} has 1 replicas, not 2"):
        await create_and_check(kafka, partitions=1, replication=2, local=True, topics=[topic])


async def test_more_replicas_than_brokers_is_an_error_with_the_topics_name(
    kafka: KafkaSettings, name: str
) -> None:
    topic = Topic(name=name, retention=timedelta(days=1))
    with pytest.raises(ConfigError, match=f"{name} could not be created: InvalidReplication"):
        await create_and_check(kafka, partitions=1, replication=3, local=False, topics=[topic])


async def test_fewer_than_three_replicas_outside_local_need_a_flag(
    kafka: KafkaSettings, name: str
) -> None:
    topic = Topic(name=name, retention=timedelta(days=1))
    with pytest.raises(ConfigError, match=r"SN_REPLICATION is 1.*--allow-fewer-replicas"):
        await create_and_check(kafka, partitions=1, replication=1, local=False, topics=[topic])
    await create_and_check(
        kafka,
        partitions=1,
        replication=1,
        local=False,
        allow_fewer_replicas=True,
        topics=[topic],
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("cleanup.policy", "compact"),
        ("retention.ms", "1000"),
        ("max.message.bytes", "1000012"),
        ("message.timestamp.type", "CreateTime"),
    ],
)
async def test_settings_that_break_a_guarantee_are_refused(
    kafka: KafkaSettings, name: str, setting: str, value: str
) -> None:
    await _make(kafka, name, **{setting: value})
    topic = Topic(name=name, retention=timedelta(days=1))
    with pytest.raises(ConfigError, match=f"{name} has {setting}={value}"):
        await create_and_check(kafka, partitions=1, replication=1, local=True, topics=[topic])


async def test_more_than_asked_serves(kafka: KafkaSettings, name: str) -> None:
    await _make(kafka, name, **{"retention.ms": "-1", "max.message.bytes": "5000000"})
    topic = Topic(name=name, retention=timedelta(days=1))
    await create_and_check(kafka, partitions=1, replication=1, local=True, topics=[topic])
    settings = await _settings_of(kafka, name)
    assert (settings["retention.ms"], settings["max.message.bytes"]) == ("-1", "5000000")


async def _make(kafka: KafkaSettings, name: str, **settings: str) -> None:
    asked = {
        "cleanup.policy": "delete",
        "retention.ms": str(24 * 3600 * 1000),
        "max.message.bytes": str(MAX_RECORD),
        "message.timestamp.type": "LogAppendTime",
    }
    async with admin(kafka) as client:
        await client.create_topics([NewTopic(name, 1, 1, topic_configs=asked | settings)])


async def test_a_topic_of_one_partition_that_has_more_is_named(
    kafka: KafkaSettings, name: str
) -> None:
    many = Topic(name=name, retention=timedelta(days=1))
    await create_and_check(kafka, partitions=2, replication=1, local=True, topics=[many])
    single = Topic(name=name, retention=timedelta(days=1), single=True)
    with pytest.raises(ConfigError, match=f"{name} has 2 partitions, not 1"):
        await create_and_check(kafka, partitions=2, replication=1, local=True, topics=[single])


async def test_the_local_broker_keeps_offsets_long_enough(kafka: KafkaSettings) -> None:
    async with admin(kafka) as client:
        assert await short_offsets(client) is None


@pytest.mark.parametrize(("minutes", "days"), [("10080", 7), ("43200", None), (None, None)])
def test_offsets_that_are_kept_for_less_than_30_days_are_told(
    minutes: str | None, days: int | None
) -> None:
    assert days_if_short(minutes) == days
