"""The outbox: nothing is told that it is done before the broker said so."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from sinks.delivery.outbox import Outbox
from streams.contracts.errors import ConfigError, TransientError, UnencodableError
from streams.contracts.step import Out

SOON = timedelta(milliseconds=10)


class Broker:
    """Takes what it is given, after `wait`, or fails as told."""

    def __init__(self) -> None:
        self.writes: list[list[bytes]] = []
        self.failures: list[Exception] = []
        self.poison = b""
        self.open = asyncio.Event()
        self.open.set()

    async def send_all(self, outs: Sequence[Out]) -> None:
        await self.open.wait()
        if self.failures:
            raise self.failures.pop(0)
        values = [out.value or b"" for out in outs]
        if self.poison and self.poison in values:
            raise UnencodableError("too large")
        self.writes.append(values)


@asynccontextmanager
async def running(broker: Broker) -> AsyncIterator[Outbox]:
    outbox = Outbox(broker, again=SOON)
    writing = asyncio.create_task(outbox.run())
    yield outbox
    writing.cancel()
    await asyncio.wait([writing])


def out(value: bytes) -> Out:
    return Out(topic="t", key=None, value=value)


def put(outbox: Outbox, done: list[bytes], value: bytes) -> None:
    outbox.put((out(value),), lambda: done.append(value))


async def test_what_waits_while_a_write_is_under_way_goes_with_the_next() -> None:
    broker, done = Broker(), list[bytes]()
    broker.open.clear()
    async with running(broker) as outbox:
        put(outbox, done, b"1")
        await asyncio.sleep(0.01)
        for value in (b"2", b"3", b"4"):
            put(outbox, done, value)
        assert done == []
        broker.open.set()
        await outbox.drained(timedelta(seconds=5))

    assert broker.writes == [[b"1"], [b"2", b"3", b"4"]]
    assert done == [b"1", b"2", b"3", b"4"]


async def test_while_the_broker_does_not_acknowledge_nothing_is_done_and_nothing_is_lost() -> None:
    broker, done = Broker(), list[bytes]()
    broker.failures = [TransientError("away")] * 3
    async with running(broker) as outbox:
        put(outbox, done, b"1")
        await asyncio.sleep(0.015)
        assert done == []
        assert outbox.failing_for > 0
        await outbox.drained(timedelta(seconds=5))
        assert outbox.failing_for == 0

    assert done == [b"1"]


async def test_a_record_that_can_never_be_written_does_not_stop_the_others() -> None:
    broker, done = Broker(), list[bytes]()
    broker.poison = b"poison"
    async with running(broker) as outbox:
        for value in (b"1", b"poison", b"2"):
            put(outbox, done, value)
        await outbox.drained(timedelta(seconds=5))

    assert broker.writes == [[b"1"], [b"2"]]
    assert done == [b"1", b"poison", b"2"]


async def test_an_error_that_no_retry_mends_ends_it() -> None:
    broker = Broker()
    broker.failures = [ConfigError("no topic")]
    outbox = Outbox(broker, again=SOON)
    put(outbox, [], b"1")

    with pytest.raises(ConfigError):
        await outbox.run()


async def test_draining_gives_up_after_its_patience() -> None:
    broker, done = Broker(), list[bytes]()
    broker.open.clear()
    async with running(broker) as outbox:
        put(outbox, done, b"1")
        await outbox.drained(timedelta(milliseconds=30))

    assert done == []
