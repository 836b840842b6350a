"""What the demo's own backend received: every webhook, kept in a file before it is answered.

A killed receiver loses nothing that it answered 200, so the counts stay true over restarts.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson

Payload = dict[str, Any]


class Received:
    """`times`: how often each id came. `refused`: signatures that were wrong, since the start."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.times: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        self.last: Payload | None = None
        self.refused = 0
        for line in _whole_lines(file):
            self._count(orjson.loads(line))
        self._log = file.open("ab")

    def keep(self, payload: Payload) -> None:
        """Returns when the operating system has it."""
        self._log.write(orjson.dumps(payload) + b"\n")
        self._log.flush()
        self._count(payload)

    def summary(self) -> Payload:
        return {
            "delivered": self.times.total(),
            "events": len(self.times),
            "repeated": self.times.total() - len(self.times),
            "refused": self.refused,
            "types": dict(self.types.most_common()),
            "last": self.last,
        }

    def close(self) -> None:
        self._log.close()

    def _count(self, payload: Payload) -> None:
        event = payload["event"]
        self.types[event["type"]] += event["id"] not in self.times
        self.times[event["id"]] += 1
        self.last = payload


def _whole_lines(file: Path) -> list[bytes]:
    """A kill may have cut the last line short: it was not answered, so it comes again."""
    if not file.exists():
        return []
    lines = file.read_bytes().splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        file.write_bytes(b"".join(lines[:-1]))
    return [line for line in lines if line.endswith(b"\n")]
