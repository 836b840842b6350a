"""Commands sent at a steady rate; what was sent is what a test knows to expect."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from streams.contracts.codec import encode
from streams.contracts.step import Out
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.faults.machine import Command

_TICK = 0.02


@dataclass(kw_only=True)
class Load:
    """Round robin over the keys. `sent`: acknowledged by the broker, in order, by key."""

    kafka: KafkaSettings
    topic: str
    keys: int = 200
    sent: dict[bytes, list[Command]] = field(default_factory=dict)
    raising: list[Out] = field(default_factory=list)
    _numbers: Counter[bytes] = field(default_factory=Counter)
    _next: int = 0

    @property
    def count(self) -> int:
        """Records in the inbox."""
        return sum(map(len, self.sent.values())) + len(self.raising)

    async def send_raising(self, count: int) -> None:
        """Commands that make the step raise; they are in `raising`, not in `sent`."""
        for number in range(count):
            key = f"key-{number % self.keys}".encode()
            value = encode(Command(id=-number, number=0, raises=True))
            headers = (("trace", f"{number}".encode()),)
            self.raising.append(Out(topic=self.topic, key=key, value=value, headers=headers))
        async with Producer(self.kafka, client_id="raise") as producer:
            await producer.send_all(self.raising[-count:])

    @asynccontextmanager
    async def running(self, rate: int) -> AsyncIterator[None]:
        """At `rate` a second while inside, which begins with the first."""
        stop, begun = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(self._run(rate, stop, begun))
        try:
            await asyncio.wait(
                {task, asyncio.create_task(begun.wait())}, return_when="FIRST_COMPLETED"
            )
            yield
        finally:
            stop.set()
            await task

    async def _run(self, rate: int, stop: asyncio.Event, begun: asyncio.Event) -> None:
        async with Producer(self.kafka, client_id="load") as producer:
            while not stop.is_set():
                await self.send(producer, max(1, int(rate * _TICK)))
                begun.set()
                await asyncio.sleep(_TICK)

    async def send(self, producer: Producer, count: int) -> None:
        """So many commands at once."""
        commands = [self._command() for _ in range(count)]
        await producer.send_all(
            [Out(topic=self.topic, key=key, value=encode(command)) for key, command in commands]
        )
        for key, command in commands:
            self.sent.setdefault(key, []).append(command)

    def _command(self) -> tuple[bytes, Command]:
        self._next += 1
        key = f"key-{self._next % self.keys}".encode()
        self._numbers[key] += 1
        return key, Command(id=self._next, number=self._numbers[key])
