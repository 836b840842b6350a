"""Faust's producer, made idempotent and wide enough for the largest record."""

import aiokafka
from faust.transport.drivers import aiokafka as stock

from streams.contracts.topics import MAX_RECORD
from streams.driver.quiet import FAUST_LOG
from streams.kafka.connection import client_options
from streams.kafka.outage import pause_failed_updates


class Producer(stock.Producer):  # type: ignore[misc] # faust is untyped
    """Retries can't duplicate or reorder; a batch that is not acknowledged in time is an error."""

    logger = FAUST_LOG

    def _new_producer(self, transactional_id: str | None = None) -> aiokafka.AIOKafkaProducer:
        assert transactional_id is None
        client = aiokafka.AIOKafkaProducer(
            **client_options(self.app.options.kafka),
            client_id=self.client_id,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=MAX_RECORD,
            max_request_size=MAX_RECORD,
            request_timeout_ms=int(self.request_timeout * 1000),
        )
        pause_failed_updates(client.client)
        return client

    @property
    def client(self) -> aiokafka.AIOKafkaProducer:
        """The producer itself; Faust's own way to it costs a future and sensors a record."""
        return self._ensure_producer()
