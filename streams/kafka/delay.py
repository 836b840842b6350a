"""The role `delay`: the one process that waits, so that nobody else has to; `delayed` is the way in.

A record is written to its target, acknowledged, and only then done here: a crash in between gives
a second copy, never a loss. What can't be read goes to the dead letters, and the rest goes on.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from streams.contracts import topics as contract
from streams.contracts.dead import dead_letter
from streams.contracts.errors import MalformedError
from streams.contracts.step import Record
from streams.kafka.consumer import Consumer
from streams.kafka.delay_steps import (
    Steps,
    delayed,
    due_ms,
    fires_at,
    released,
    target,
    unix_ms,
)
from streams.kafka.delay_window import Partition, Window
from streams.kafka.producer import Producer
from streams.observe import clock, metrics
from streams.observe.health import Health, serve_health
from streams.settings.environment import Settings
from streams.settings.kafka import KafkaSettings

__all__ = ["GROUP", "Delay", "delayed", "run"]

GROUP = "delay"
_LIMIT = 500
_LONGEST_WAIT_MS = 1000
_STALLED = 60.0  # seconds without a turn of the loop
_TARGETS = frozenset(topic.name for topic in contract.ALL)
_log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Wait and fire until cancelled."""
    role = Delay(kafka=settings.kafka, instance=f"{GROUP}-{settings.slot}")
    health = Health(live=role.problem, ready=role.not_ready)
    async with serve_health(settings.host, settings.health_port, health):
        await role.run()


@dataclass(kw_only=True)
class Delay:
    """`steps`: the delay topics; `targets`: where a record may go."""

    kafka: KafkaSettings
    instance: str | None = None
    group: str = GROUP
    steps: Steps = field(default_factory=lambda: contract.DELAYS)
    targets: Collection[str] = _TARGETS
    session: timedelta = timedelta(seconds=15)
    window: Window = field(default_factory=Window)
    _paused: set[Partition] = field(default_factory=set)
    _consumer: Consumer | None = None
    _turned: float = field(default_factory=clock.monotonic)
    _looked: datetime = field(default_factory=clock.now)

    def not_ready(self) -> str | None:
        """Until the group has let it in, and while the broker is silent."""
        consumer = self._consumer
        return "it has not joined its group yet" if consumer is None else consumer.trouble()

    def problem(self) -> str | None:
        """Whether the loop turns."""
        still = clock.monotonic() - self._turned
        return f"no turn of the loop for {still:.0f} s" if still > _STALLED else None

    async def run(self) -> None:
        """Read, hold, fire, for ever."""
        async with (
            Producer(self.kafka, client_id=self.group) as producer,
            self._reader() as consumer,
        ):
            self._consumer = consumer
            while True:
                await self._fire(consumer, producer)
                dead = self._hold(await consumer.read(_LIMIT, self._wait()))
                await _bury(dead, consumer, producer)
                self._pause_and_resume(consumer)
                metrics.gauge("delay_waiting", len(self.window))
                self._turned = clock.monotonic()

    def _reader(self) -> Consumer:
        return Consumer(
            self.kafka,
            group=self.group,
            topics=tuple(self.steps),
            client_id=self.group,
            instance=self.instance,
            session=self.session,
            on_revoked=self._forget,
        )

    async def _fire(self, consumer: Consumer, producer: Producer) -> None:
        now = self._now()
        fired = self.window.fire(unix_ms(now), _LIMIT)
        if not fired:
            return
        await producer.send_all([released(record, now=now, steps=self.steps) for record in fired])
        for record in fired:
            consumer.done(record)
            late = unix_ms(now) - due_ms(record)
            if late >= 0:
                metrics.observe("delay_late_seconds", late / 1000)

    def _now(self) -> datetime:
        """What is held is timed anew when the clock was set back: a full window would else keep its
        partition from being read until the time from before."""
        now = clock.now()
        if now < self._looked:
            back = (self._looked - now).total_seconds()
            _log.warning("clock_set_back", seconds=round(back, 3), held=len(self.window))
            self.window.retime(lambda record: fires_at(record, now, self.steps))
        self._looked = now
        return now

    def _hold(self, records: list[Record]) -> list[tuple[Record, MalformedError]]:
        """Take them into the window; give back those that can't be."""
        dead, now = [], clock.now()
        for record in records:
            try:
                self._require_known_target(record)
                self.window.add(record, fires_at(record, now, self.steps))
            except MalformedError as error:
                dead.append((record, error))
        return dead

    def _require_known_target(self, record: Record) -> None:
        topic = target(record)
        if topic not in self.targets:
            raise MalformedError(f"a delayed record for {topic!r}, which is no topic of ours")

    def _wait(self) -> timedelta:
        next_at = self.window.next_at
        wait = _LONGEST_WAIT_MS if next_at is None else next_at - unix_ms(clock.now())
        return timedelta(milliseconds=min(_LONGEST_WAIT_MS, max(0, wait)))

    def _pause_and_resume(self, consumer: Consumer) -> None:
        for partition in consumer.assignment:
            if partition in self._paused and self.window.has_room(partition):
                self._paused.discard(partition)
                consumer.resume(*partition)
            elif partition not in self._paused and self.window.is_full(partition):
                self._paused.add(partition)
                consumer.pause(*partition)

    def _forget(self) -> None:
        self.window.clear()
        self._paused.clear()


async def _bury(
    dead: list[tuple[Record, MalformedError]], consumer: Consumer, producer: Producer
) -> None:
    for record, error in dead:
        metrics.count("delay_dead")
        _log.warning("delayed_record_dead", topic=record.topic, reason=str(error))
        await producer.send(dead_letter(record, reason=error.reason, detail=str(error)))
        consumer.done(record)
