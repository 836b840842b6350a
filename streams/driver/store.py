"""The local copy of the states: RocksDB as Faust opens it, a database a partition.

It is a copy of the changelog up to an offset that is written in the same batch, and never holds
what the changelog lacks. A copy that was away for long is thrown away: a changelog forgets after
7 days (delete.retention.ms) that a key was deleted, and an old copy would keep the key for ever.
So is one that a disk gives back otherwise than it was written: the next start restores it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from rocksdict import Rdict, WriteBatch

Row = tuple[bytes, bytes | None]
"""Key and state; None: the key is deleted."""

MIB = 1024 * 1024
# Faust's defaults are 2 GiB of cache and 192 MiB of buffers for each partition.
TABLE_OPTIONS = {
    "driver": "rocksdict",
    "block_cache_size": 8 * MIB,
    "write_buffer_size": 4 * MIB,
    "max_write_buffer_number": 2,
    "target_file_size_base": 8 * MIB,
    "max_open_files": 256,
}
_WRITTEN_AT = b"__streams\0written_at"  # unix seconds
_KEPT = timedelta(days=6)
_CORRUPT = "Corruption: "  # how RocksDB says it; rocksdict has no class of its own for any error
_log = structlog.get_logger(__name__)


class LocalStore:
    """Around the store of one Faust table."""

    def __init__(self, faust_store: Any) -> None:  # noqa: ANN401 - faust is untyped
        self._store = faust_store
        self._offset_key: bytes = faust_store.offset_key

    def get(self, partition: int, key: bytes) -> bytes | None:
        """The state of a key, None when there is none."""
        try:
            found: bytes | None = self._database(partition).get(key)
        except Exception as error:
            self._throw_away_if_corrupt(partition, error)
            raise
        return found

    def write(self, partition: int, rows: Iterable[Row], offset: int, now: datetime) -> None:
        """These rows, and that the changelog is contained up to `offset`: all or nothing."""
        batch = WriteBatch(raw_mode=True)
        for key, state in rows:
            if state is None:
                batch.delete(key)
            else:
                batch.put(key, state)
        batch.put(self._offset_key, b"%d" % offset)
        batch.put(_WRITTEN_AT, b"%d" % int(now.timestamp()))
        try:
            self._database(partition).write(batch)
        except Exception as error:
            self._throw_away_if_corrupt(partition, error)
            raise

    def offset(self, partition: int, now: datetime) -> int:
        """The last changelog offset that is in it, -1 when it is empty or was away for too long."""
        offset, written_at = self.get(partition, self._offset_key), self.get(partition, _WRITTEN_AT)
        if offset is None:
            return -1
        if written_at is None or now.timestamp() - int(written_at) > _KEPT.total_seconds():
            self._empty(partition)
            return -1
        return int(offset)

    def _throw_away_if_corrupt(self, partition: int, error: Exception) -> None:
        """The error ends the process, and its next start would else meet it again, for ever."""
        if str(error).startswith(_CORRUPT):
            folder = str(self._store.partition_path(partition))
            self._empty(partition)
            _log.critical("local_state_thrown_away", folder=folder, reason=str(error))

    def _empty(self, partition: int) -> None:
        self._store._dbs.pop(partition).close()  # noqa: SLF001 - Faust offers no way
        Rdict.destroy(str(self._store.partition_path(partition)))
        self._database(partition)

    def _database(self, partition: int) -> Any:  # noqa: ANN401 - rocksdict's Rdict
        return self._store._db_for_partition(partition)  # noqa: SLF001 - opens it when needed
