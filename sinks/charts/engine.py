"""ClickHouse behind one door: chDB inside this process or a server, the same calls for both.

`chdb://path` opens a directory, which one process at a time can do; `http(s)://user:password@host:port/database`
a server. Foreign exceptions leave as ours: what was asked wrongly is a QueryError, the rest is transient.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver import exceptions as foreign
from clickhouse_connect.driver.client import Client

from streams.contracts.errors import ConfigError, StoreNotificationsError, TransientError

CHDB = "chdb"
SETTING = "SN_CLICKHOUSE"
_DEFAULT_DATABASE = "default"
# Whatever the machine's own zone is, and chDB takes that for its server's: days are UTC.
# What a view writes as JSON (`told_events`) must be numbers whatever a server's profile says.
_ALWAYS = {"session_timezone": "UTC", "output_format_json_quote_64bit_integers": 0}

# ClickHouse's words for trouble that passes: the question was right, the answer did not come.
_PASSES = frozenset(
    {
        "MEMORY_LIMIT_EXCEEDED",
        "TIMEOUT_EXCEEDED",
        "TOO_MANY_PARTS",
        "TOO_MANY_SIMULTANEOUS_QUERIES",
        "NETWORK_ERROR",
        "SOCKET_TIMEOUT",
        "NOT_ENOUGH_SPACE",
        "CANNOT_WRITE_TO_FILE_DESCRIPTOR",
        "CANNOT_FSYNC",
        "TABLE_IS_READ_ONLY",
        "QUERY_WAS_CANCELLED",
    }
)

# Its words for files of its own that can't be read: a merge that met a full disk leaves such a part.
DAMAGED = frozenset(
    {
        "BAD_SIZE_OF_FILE_IN_DATA_PART",
        "CANNOT_READ_ALL_DATA",
        "CHECKSUM_DOESNT_MATCH",
        "CORRUPTED_DATA",
        "FILE_DOESNT_EXIST",
        "NO_FILE_IN_DATA_PART",
    }
)


class QueryError(StoreNotificationsError):
    """ClickHouse says that the statement itself is wrong; `name` is its word for it."""

    def __init__(self, text: str, *, name: str) -> None:
        super().__init__(text)
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Where ClickHouse is. `options`: what every client of it is made from."""

    name: str
    options: Mapping[str, Any] = field(repr=False)

    @property
    def alone(self) -> bool:
        """No other process can be using it: chDB lets nobody else into its directory."""
        return bool(self.options["interface"] == CHDB)

    def client(self, settings: Mapping[str, Any] | None = None) -> Client:
        """A connection of its own. One serves one thread at a time."""
        try:
            return clickhouse_connect.get_client(
                **self.options, settings={**_ALWAYS, **(settings or {})}, tz_mode="aware"
            )
        except foreign.ProgrammingError as error:
            raise ConfigError(f"{SETTING}: {self.name} does not open: {_hint(error)}") from error
        except (foreign.Error, OSError) as error:
            raise TransientError(f"{SETTING}: {self.name} does not answer: {error}") from error


def engine(url: str) -> Engine:
    """Raise ConfigError when `url` names no ClickHouse."""
    parts = urlsplit(url)
    if parts.scheme == CHDB:
        return _in_process(Path(url.removeprefix(f"{CHDB}://")))
    if parts.scheme in {"http", "https"} and parts.hostname:
        port = f":{parts.port}" if parts.port else ""
        name = f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
        return Engine(
            name=name,
            options={
                "interface": parts.scheme,
                "host": parts.hostname,
                "port": parts.port or 0,
                "username": unquote(parts.username or "") or None,
                "password": unquote(parts.password or ""),
                "database": parts.path.strip("/") or _DEFAULT_DATABASE,
                "autogenerate_session_id": False,
            },
        )
    raise ConfigError(f"{SETTING} is {parts.scheme}://...: use chdb://path or http(s)://host:port")


def _in_process(path: Path) -> Engine:
    if path == Path():
        raise ConfigError(f"{SETTING} names no directory: use chdb://.local/clickhouse")
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)  # customers are in it
    except OSError as error:
        raise ConfigError(f"{SETTING}: can't make the directory {path}: {error}") from error
    return Engine(name=f"{CHDB}://{path}", options={"interface": CHDB, "path": str(path)})


def _hint(error: Exception) -> str:
    return f"{error} Is another process using the directory? Only `python -m sinks charts` may."


@contextmanager
def our_errors(doing: str) -> Iterator[None]:
    """Inside, errors of ClickHouse and of the way to it leave as QueryError or TransientError."""
    try:
        yield
    except foreign.OperationalError as error:
        raise TransientError(f"{doing}: {error}") from error
    except foreign.Error as error:
        if error.name in _PASSES:
            raise TransientError(f"{doing}: {error}") from error
        raise QueryError(f"{doing}: {error}", name=error.name or "") from error
    except OSError as error:
        raise TransientError(f"{doing}: {error}") from error
