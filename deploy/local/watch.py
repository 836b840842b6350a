"""Looks at the children and tells a person who ended, why, what to do, and who serves again."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.local.last_words import KILLED, advice, how_it_ended, last_words
from deploy.local.supervisor import Child

_TAIL = 64 * 1024  # bytes of a log that are looked at


class Supervising(Protocol):
    """The supervisor, asked."""

    def children(self) -> dict[str, Child]: ...

    def log_file(self, name: str) -> Path: ...

    def own_log(self) -> str: ...


@dataclass(kw_only=True)
class _Seen:
    """`read`: bytes of its log that belong to processes before this one. `why`: of its last end."""

    pid: int
    read: int
    ends: int = 0
    why: list[str] = field(default_factory=list)


class Watch:
    """Begins with who runs now; `news` tells what has happened since it was asked last.

    Who has ended serves again some time after its process runs again: Kafka first reads what a kill
    left behind, and a role's partitions are first dealt out anew.
    """

    def __init__(self, supervisor: Supervising) -> None:
        self._supervisor = supervisor
        children = supervisor.children()
        self._seen = {
            name: _Seen(pid=children[name].pid, read=self._size(name)) for name in children
        }

    @property
    def awaited(self) -> set[str]:
        """Who has ended, and was not yet told to serve again."""
        return {name for name, seen in self._seen.items() if seen.ends}

    def news(self, serving: Container[str] = ()) -> Iterator[str]:
        """Lines, of which the first of each child names it. `serving`: of the awaited, who can."""
        for name, child in self._supervisor.children().items():
            seen = self._seen[name]
            if child.pid not in {0, seen.pid}:
                yield from self._ended(name, child, seen)
            elif seen.ends and child.state == "RUNNING" and name in serving:
                seen.ends, seen.why = 0, []
                yield f"{name} serves again."

    def _ended(self, name: str, child: Child, seen: _Seen) -> Iterator[str]:
        how = how_it_ended(name, self._supervisor.own_log())
        words = [] if how == KILLED else last_words(self._log_since(name, seen.read))
        why = [how, *words]
        again = why == seen.why
        seen.pid, seen.read, seen.why = child.pid, self._size(name), why
        seen.ends += 1
        if not again:
            yield f"{name} ended{f' ({how})' if how else ''} and was started again."
            yield from (f"  {line}" for line in why[1:])
            yield f"  {advice(how)} Log: {self._supervisor.log_file(name)}"
        elif seen.ends & (seen.ends - 1) == 0:  # told less and less often: it may go on for hours
            yield f"{name} has ended {seen.ends} times, each time as told above."

    def _log_since(self, name: str, start: int) -> str:
        size = self._size(name)
        if size == 0:
            return ""
        with self._supervisor.log_file(name).open("rb") as log:
            log.seek(max(start if start <= size else 0, size - _TAIL))  # it begins anew when large
            return log.read().decode(errors="replace")

    def _size(self, name: str) -> int:
        file = self._supervisor.log_file(name)
        return file.stat().st_size if file.exists() else 0
