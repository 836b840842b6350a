"""Moments to kill the charts process at, seen from outside: what ClickHouse has just done in its directory."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.sinks.charts.process import Role

_UUID = re.compile(r"UUID '([0-9a-f-]{36})'")
# ClickHouse replaces by key while it inserts: such a part has level 1 already.
_INSERTED = re.compile(r"(tmp_insert_)?[0-9a-z]+_(\d+)_\2_[01]$")
_MERGING = re.compile(r"tmp_merge_")
_MUTATION = re.compile(r"mutation_")
_LOOK_EVERY = 0.0005  # seconds
_PATIENCE = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Table:
    """`identity`: its UUID; None: there is none of that name. `files`: what is in its folder."""

    identity: str | None = None
    files: frozenset[str] = frozenset()

    def beyond(self, before: "Table") -> frozenset[str]:
        return self.files if self.identity != before.identity else self.files - before.files


@dataclass(frozen=True, slots=True)
class Moment:
    """When `came` says so of how `table` was before and is now."""

    name: str
    table: str
    came: Callable[[Table, Table], bool]

    def __str__(self) -> str:
        return f"{self.table} {self.name}"


def made(table: str) -> Moment:
    """Afresh, if there was one."""
    return Moment("made", table, lambda was, now: now.identity not in {None, was.identity})


def replaced(table: str) -> Moment:
    """It is gone, or another one has its name already."""
    return Moment("replaced", table, lambda was, now: now.identity != was.identity)


def written(table: str, parts: int = 1) -> Moment:
    """So many inserts."""
    return Moment("written", table, lambda was, now: _like(_INSERTED, was, now) >= parts)


def merging(table: str) -> Moment:
    return Moment("merging", table, lambda was, now: _like(_MERGING, was, now) > 0)


def merged(table: str, parts: int) -> Moment:
    """All of so many inserts are becoming one part, or are one already."""
    one = re.compile(rf"(tmp_merge_)?all_1_{parts}_[1-9]")
    return Moment("merged", table, lambda was, now: _like(one, was, now) > 0)


def changing(table: str) -> Moment:
    """Rows are being deleted or updated."""
    return Moment("changing", table, lambda was, now: _like(_MUTATION, was, now) > 0)


def look(directory: Path, table: str) -> Table:
    try:
        text = (directory / "metadata" / "default" / f"{table}.sql").read_text(encoding="utf-8")
        found = _UUID.search(text)
        assert found is not None, text
        folder = directory / "store" / found[1][:3] / found[1]
        return Table(found[1], frozenset(file.name for file in folder.iterdir()))
    except FileNotFoundError:  # it went while it was looked at
        return Table()


def kill_at(role: Role, moment: Moment, was: Table) -> None:
    """kill -9 when the moment has come. Blocking. Fail when it never does."""
    deadline = time.monotonic() + _PATIENCE
    while not moment.came(was, look(role.clickhouse, moment.table)):
        assert role.running, role.log()
        assert time.monotonic() < deadline, f"never: {moment}\n{role.log()}"
        time.sleep(_LOOK_EVERY)
    role.kill()


def _like(names: re.Pattern[str], was: Table, now: Table) -> int:
    return sum(names.match(name) is not None for name in now.beyond(was))
