"""aiokafka's producer kept alive: started, replaced when the broker refuses its identity, ended in time."""

import asyncio
from datetime import timedelta

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka import errors as foreign

from streams.contracts.errors import TransientError
from streams.contracts.topics import MAX_RECORD
from streams.kafka.connection import client_options
from streams.kafka.ending import abandon
from streams.kafka.errors import our_errors
from streams.kafka.outage import pause_failed_updates
from streams.settings.kafka import KafkaSettings

_BATCH = 1024 * 1024  # of one partition; what waits there during an outage is bounded by it
_LEAST_REQUEST = timedelta(seconds=5)
# After these the broker refuses every later batch of this producer: it needs a new identity.
_SPENT = (
    foreign.OutOfOrderSequenceNumber,
    foreign.UnknownProducerId,
    foreign.InvalidProducerEpoch,
    foreign.InvalidProducerIdMapping,
    foreign.ProducerFenced,
    foreign.ProducerClosed,
)
_log = structlog.get_logger()


class ProducerLife:
    """`client`: the present one; None while there is none. `timeout`: for a start, and for an end."""

    def __init__(self, kafka: KafkaSettings, *, client_id: str, timeout: timedelta) -> None:
        self.client: AIOKafkaProducer | None = None
        self._kafka = kafka
        self._client_id = client_id
        self._timeout = timeout.total_seconds()
        self._request_ms = int(max(timeout, _LEAST_REQUEST).total_seconds() * 1000)
        self._open = False
        self._renewal = asyncio.Lock()

    async def open(self) -> None:
        """Raise TransientError when the broker does not answer in time."""
        self.client = await self._started()
        self._open = True

    async def close(self) -> None:
        """Send what is on its way, as long as that takes no longer than the timeout."""
        async with self._renewal:
            self._open = False
            client, self.client = self.client, None
        if client is not None:
            await self._stop(client)

    async def renewed(self) -> AIOKafkaProducer:
        """The present one, or a new one; raise TransientError when it is closed."""
        async with self._renewal:
            if not self._open:
                raise TransientError(f"producer {self._client_id} is closed")
            client = self.client = self.client or await self._started()
            return client

    async def failed(self, client: AIOKafkaProducer, error: Exception, reason: str) -> None:
        """`client` met `error`: end it if it can't go on after that."""
        ended = client._sender.sender_task.done()  # noqa: SLF001 - by an error; it tells nobody else
        if not (ended or isinstance(error, _SPENT)):
            return
        async with self._renewal:
            if self.client is client:
                _log.warning("producer_renewed", client_id=self._client_id, reason=reason)
                self.client = None
                await self._stop(client)

    async def _started(self) -> AIOKafkaProducer:
        client = AIOKafkaProducer(
            **client_options(self._kafka),
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=_BATCH,
            max_request_size=MAX_RECORD,
            request_timeout_ms=self._request_ms,
        )
        pause_failed_updates(client.client)
        try:
            with our_errors(f"connecting to Kafka at {self._kafka.bootstrap} (SN_KAFKA)"):
                await asyncio.wait_for(client.start(), self._timeout)
        except BaseException:
            await self._stop(client)
            raise
        return client

    async def _stop(self, client: AIOKafkaProducer) -> None:
        try:
            await asyncio.wait_for(client.stop(), self._timeout)
        except TimeoutError:  # an idempotent producer never gives up a batch by itself
            _log.warning("producer_closed_unflushed", client_id=self._client_id)
            await abandon(client)
