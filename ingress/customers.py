"""A local copy of topic `customers`: what GET /v1/subscribers reads, never behind a webhook sent.

A webhook is sent from topic `events`, and the customer's record was in its topic before the event
was; so a read that first catches up with that topic's end sees at least what the webhook told.
The copy is made anew at every start: the topic is compacted, and what it dropped must go here too.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from rocksdict import Options, Rdict, WriteOptions

from ingress.background import kept_running
from ingress.catch_up import CatchUp
from ingress.refusal import Refusal, busy
from streams.contracts.codec import decode
from streams.contracts.customer import Customer
from streams.contracts.errors import MalformedError, TransientError
from streams.contracts.step import Record
from streams.contracts.topics import CUSTOMERS
from streams.kafka.follower import Follower
from streams.settings.kafka import KafkaSettings

_RECORD, _ALIAS = b"c/", b"a/"
_PAUSE = 0.5  # seconds between two looks at the follower, and two attempts to start it
_log = structlog.get_logger()


class Customers:
    """Customers by any of their ids. Made by `customers_copy`."""

    def __init__(self, kafka: KafkaSettings, copy: Rdict, deadline: float) -> None:
        self._kafka = kafka
        self._copy = copy
        self._deadline = deadline
        self._follower: Follower | None = None
        self._catch_up = CatchUp(self._look)
        self._unlogged = WriteOptions()
        self._unlogged.disable_wal = True  # what a crash loses is read again

    def why_not_ready(self) -> str | None:
        """None when questions can be answered."""
        return "the customers are not read yet" if self._follower is None else None

    async def find(self, customer_id: str) -> Customer | None:
        """The customer as of now or later; raise Refusal (503) when the topic can't be read."""
        try:
            async with asyncio.timeout(self._deadline):
                await self._catch_up.caught_up()
        except (TimeoutError, TransientError) as error:
            raise _not_now() from error
        return self._get(customer_id.encode())

    async def follow(self) -> None:
        """Read the topic and follow it, for ever; begin again when that ends."""
        while True:
            follower = Follower(self._kafka, CUSTOMERS, self._keep)
            try:
                await follower.start()
                self._follower = follower
                while follower.problem() is None:  # noqa: ASYNC110 - a follower calls nobody when it ends
                    await asyncio.sleep(_PAUSE)
            except TransientError as error:
                _log.warning("customers_not_read", reason=str(error))
                await asyncio.sleep(_PAUSE)
            finally:
                self._follower = None
                await follower.stop()

    async def _look(self) -> None:
        if self._follower is None:
            raise _not_now()
        await self._follower.caught_up(timedelta(seconds=self._deadline))

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
            self._copy.delete(_RECORD + key, write_opt=self._unlogged)
            return
        self._copy.put(_RECORD + key, record.value, write_opt=self._unlogged)
        try:
            customer = decode(record.value, Customer)
        except MalformedError as error:  # who asks for this one gets an error, the others do not
            _log.error("customer_not_read", offset=record.offset, reason=str(error))
            return
        for alias in customer.aliases:
            if alias.encode() != key:
                self._copy.put(_ALIAS + alias.encode(), key, write_opt=self._unlogged)


@asynccontextmanager
async def customers_copy(
    kafka: KafkaSettings, folder: Path, deadline: float
) -> AsyncIterator[Customers]:
    """A copy in `folder`, which is emptied first; kept while inside."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    copy = Rdict(str(folder), Options(raw_mode=True))
    customers = Customers(kafka, copy, deadline)
    try:
        async with kept_running(customers.follow()):
            yield customers
    finally:
        copy.close()


def _not_now() -> Refusal:
    return busy("the customers can't be read now; ask again", why="customers")
