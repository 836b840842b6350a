"""A topic followed by this process into RocksDB of its own, and how fresh the copy is.

The copy is made anew at every start: what the topic forgot must go here too.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from rocksdict import Options, Rdict, WriteOptions

from ingress.catch_up import CatchUp
from ingress.refusal import Refusal, busy
from streams.contracts.errors import TransientError
from streams.contracts.step import Record
from streams.kafka.follower import Follower
from streams.settings.kafka import KafkaSettings

_PAUSE = 0.5  # seconds between two looks at the follower, and two attempts to start it
_log = structlog.get_logger()


class LocalCopy:
    """Bytes by key. What a crash loses is read again, so nothing is logged twice."""

    def __init__(self, database: Rdict) -> None:
        self._database = database
        self._unlogged = WriteOptions()
        self._unlogged.disable_wal = True

    def get(self, key: bytes) -> bytes | None:
        found: bytes | None = self._database.get(key)
        return found

    def put(self, key: bytes, value: bytes) -> None:
        self._database.put(key, value, write_opt=self._unlogged)

    def delete(self, key: bytes) -> None:
        self._database.delete(key, write_opt=self._unlogged)


@contextmanager
def local_copy(folder: Path) -> Iterator[LocalCopy]:
    """An empty one in `folder`, whatever was there; open while inside."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # customers are in it
    database = Rdict(str(folder), Options(raw_mode=True))
    try:
        yield LocalCopy(database)
    finally:
        database.close()


class Following:
    """One topic, given to `keep` record by record; `since`: not what is older. `deadline`: seconds."""

    def __init__(
        self,
        kafka: KafkaSettings,
        topic: str,
        keep: Callable[[Record], None],
        deadline: float,
        *,
        since: datetime | None = None,
    ) -> None:
        self._kafka = kafka
        self._topic = topic
        self._keep = keep
        self._deadline = deadline
        self._since = since
        self._follower: Follower | None = None
        self._reads = asyncio.Event()
        self._catch_up = CatchUp(self._look)

    def why_not_ready(self) -> str | None:
        """None when questions can be answered."""
        return f"{self._topic} is not read yet" if self._follower is None else None

    async def caught_up(self) -> None:
        """Return when all was kept that is written by now; raise Refusal (503) when it can't be read."""
        try:
            async with asyncio.timeout(self._deadline):
                await self._catch_up.caught_up()
        except (TimeoutError, TransientError) as error:
            raise self._not_now() from error

    async def follow(self) -> None:
        """Read the topic and follow it, for ever; begin again when that ends."""
        while True:
            follower = Follower(self._kafka, self._topic, self._keep, since=self._since)
            try:
                await follower.start()
                self._follower = follower
                self._reads.set()
                while follower.problem() is None:  # noqa: ASYNC110 - a follower calls nobody when it ends
                    await asyncio.sleep(_PAUSE)
            except TransientError as error:
                _log.warning("topic_not_read", topic=self._topic, reason=str(error))
                await asyncio.sleep(_PAUSE)
            finally:
                self._follower = None
                self._reads.clear()
                await follower.stop()

    async def _look(self) -> None:
        """Whoever asks first, while the topic is still being read, waits for that too."""
        await self._reads.wait()
        if self._follower is None:
            raise self._not_now()
        await self._follower.caught_up(timedelta(seconds=self._deadline))

    def _not_now(self) -> Refusal:
        return busy(f"{self._topic} can't be read now; ask again", why=self._topic)
