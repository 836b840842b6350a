"""A local copy of topic `customers`: what GET /v1/subscribers reads, never behind a webhook sent.

A webhook is sent from topic `events`, and the customer's record was in its topic before the event
was; so a read that first catches up with that topic's end sees at least what the webhook told.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from ingress.topic_copy import Following, LocalCopy, local_copy
from streams.contracts.codec import decode
from streams.contracts.customer import Customer
from streams.contracts.errors import MalformedError
from streams.contracts.step import Record
from streams.contracts.topics import CUSTOMERS
from streams.observe.background import kept_running
from streams.settings.kafka import KafkaSettings

_RECORD, _ALIAS = b"c/", b"a/"
_log = structlog.get_logger()


class Customers:
    """Customers by any of their ids. Made by `customers_copy`."""

    def __init__(self, kafka: KafkaSettings, copy: LocalCopy, deadline: float) -> None:
        self._copy = copy
        self.following = Following(kafka, CUSTOMERS, self._keep, deadline)

    def why_not_ready(self) -> str | None:
        """None when questions can be answered."""
        return self.following.why_not_ready()

    async def find(self, customer_id: str) -> Customer | None:
        """The customer as of now or later; raise Refusal (503) when the topic can't be read."""
        await self.following.caught_up()
        return self._get(customer_id.encode())

    def _get(self, key: bytes) -> Customer | None:
        # Of merged customers, the record that names an id as its alias is the newer one.
        for name in (self._copy.get(_ALIAS + key), key):
            value = None if name is None else self._copy.get(_RECORD + name)
            if value is not None:
                return decode(value, Customer)
        return None

    def _keep(self, record: Record) -> None:
        key = record.key or b""
        if not record.value:
            self._copy.delete(_RECORD + key)
            return
        self._copy.put(_RECORD + key, record.value)
        try:
            customer = decode(record.value, Customer)
        except MalformedError as error:  # who asks for this one gets an error, the others do not
            _log.error("customer_not_read", offset=record.offset, reason=str(error))
            return
        for alias in customer.aliases:
            if alias.encode() != key:
                self._copy.put(_ALIAS + alias.encode(), key)


@asynccontextmanager
async def customers_copy(
    kafka: KafkaSettings, folder: Path, deadline: float
) -> AsyncIterator[Customers]:
    """A copy in `folder`, which is emptied first; kept while inside."""
    with local_copy(folder) as copy:
        customers = Customers(kafka, copy, deadline)
        async with kept_running(customers.following.follow()):
            yield customers
