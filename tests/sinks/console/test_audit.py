"""The audit: who did what, about what, when; in Kafka before anything is changed, or nothing is changed."""

from datetime import timedelta

from sinks.console.audit import Audit, AuditEntry
from streams.contracts.codec import decode
from streams.contracts.step import Record
from streams.contracts.topics import ALL, CONSOLE_AUDIT
from streams.kafka.follower import Follower
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.kafka import KafkaSettings


async def test_an_entry_is_in_the_topic_when_it_is_answered(
    kafka: KafkaSettings, topics: tuple[str, ...]
) -> None:
    started = clock.now()
    async with Producer(kafka, client_id="console") as producer:
        await Audit(producer).write("destination.pause", "backend", who="ada", reason="too slow")
    found: list[Record] = []
    follower = Follower(kafka, CONSOLE_AUDIT, found.append)
    await follower.start()
    await follower.stop()
    (record,) = [one for one in found if one.key == b"backend"]
    entry = decode(record.value, AuditEntry)
    assert (entry.who, entry.what, entry.about) == ("ada", "destination.pause", "backend")
    assert entry.details == {"reason": "too slow"}
    assert started <= entry.at <= clock.now()


def test_the_topic_is_kept_as_long_as_the_notifications_are() -> None:
    (topic,) = [topic for topic in ALL if topic.name == CONSOLE_AUDIT]
    assert topic.retention == timedelta(days=400)
