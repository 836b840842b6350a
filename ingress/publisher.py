"""What the doors have taken in goes to Kafka: `publish` returns after the acknowledgment, or refuses.

The process listens before the broker answers and goes on when the broker is away: every post gets
its 503 within the deadline, and the first one after the broker's return gets its 200. Where nobody
posts, the broker is asked whether it is there, so that readiness does not wait for a post to fail.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from ingress.refusal import Refusal, busy
from ingress.together import Together
from streams.contracts.errors import ConfigError, TransientError
from streams.contracts.step import Out
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.observe.background import kept_running
from streams.settings.kafka import KafkaSettings

_PAUSE = 0.5  # seconds between two attempts to reach a broker that is away
_ASK_AFTER = 1.0  # seconds without an answer of the broker
_INSIDE = timedelta(milliseconds=100)  # the producer gives up a little before the deadline
_FAILURES = (TransientError, ConfigError, TimeoutError)
_log = structlog.get_logger()


class Publisher:
    """One producer for the process, kept connected."""

    def __init__(self, kafka: KafkaSettings, *, client_id: str, deadline: timedelta) -> None:
        self._producer = Producer(kafka, client_id=client_id, timeout=deadline - _INSIDE)
        self._deadline = deadline.total_seconds()
        self._connected = False
        self._together: dict[str, Together] = {}
        self._down: str | None = "not connected to the broker yet"
        self._went_down = asyncio.Event()
        self._heard_at = clock.monotonic()

    def why_down(self) -> str | None:
        """None while the broker acknowledges, or answers when there is nothing to send; else the
        reason, for readiness."""
        return self._down

    async def publish(self, out: Out) -> None:
        """Return when it is acknowledged; raise Refusal (503) when that takes too long.

        `out` has no key: it goes in one batch with what comes in at the same time.
        """
        try:
            together = self._together.get(out.topic) or await self._gather(out.topic)
            await together.publish(out)
        except _FAILURES as error:
            raise self._refused(error) from error
        self._heard()

    async def publish_all(self, outs: Sequence[Out]) -> None:
        """As `publish`, for any records; when refused, any of them may be written."""
        try:
            self._require_connection()
            # The producer may be connecting anew, which its own deadline does not cover.
            async with asyncio.timeout(self._deadline):
                await self._producer.send_all(outs)
        except _FAILURES as error:
            raise self._refused(error) from error
        self._heard()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Inside, the producer connects and connects again."""
        try:
            async with kept_running(self._keep_connected(), self._listen()):
                yield
        finally:
            if self._connected:
                self._connected, self._down = False, "stopping"
                await asyncio.gather(*(together.ended() for together in self._together.values()))
                await self._producer.__aexit__(None, None, None)

    async def _gather(self, topic: str) -> Together:
        self._require_connection()
        async with asyncio.timeout(self._deadline):
            partitions = await self._producer.partitions(topic)
        together = Together(self._producer, partitions, deadline=self._deadline)
        return self._together.setdefault(topic, together)

    def _require_connection(self) -> None:
        if not self._connected:
            raise TransientError("not connected to the broker yet")

    def _refused(self, error: Exception) -> Refusal:
        self._lost(error, "the broker does not acknowledge")
        return busy("not stored: the broker does not answer; send it again", why="broker")

    def _heard(self) -> None:
        self._down, self._heard_at = None, clock.monotonic()

    def _lost(self, error: Exception, why: str) -> None:
        if self._down is None:
            _log.warning("broker_down", reason=str(error) or type(error).__name__)
        self._down = why
        self._went_down.set()

    async def _listen(self) -> None:
        """While nothing is sent."""
        while True:
            await asyncio.sleep(_ASK_AFTER)
            if self._down is None and clock.monotonic() - self._heard_at >= _ASK_AFTER:
                await self._ask()

    async def _ask(self) -> None:
        asked_at = clock.monotonic()
        try:
            await self._producer.hear()
        except TransientError as error:
            if self._heard_at < asked_at:
                self._lost(error, "the broker does not answer")
        else:
            self._heard_at = clock.monotonic()

    async def _keep_connected(self) -> None:
        while not self._connected:
            await self._connect()
        while True:
            await self._went_down.wait()
            await self._wait_until_back()
            self._went_down.clear()

    async def _connect(self) -> None:
        try:
            await self._producer.__aenter__()
        except TransientError as error:
            self._down = str(error)
            _log.warning("broker_down", reason=self._down)
            await asyncio.sleep(_PAUSE)
        else:
            self._connected = True
            self._heard()

    async def _wait_until_back(self) -> None:
        # What timed out is still in the producer: when it is flushed, the broker is back. With nothing
        # to flush it is when it answers.
        while self._down is not None:
            await asyncio.sleep(_PAUSE)
            try:
                await self._producer.flush()
                await self._producer.hear()
            except TransientError as error:
                self._down = str(error)
            else:
                self._heard()
        _log.info("broker_back")
