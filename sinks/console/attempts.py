"""The delivery log of one destination as its page shows it: filtered, each attempt's time split. Pure.

The bars of an attempt share one scale, that of the slowest shown, so that rows can be compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sinks.charts.deliveries import attempts_asked
from sinks.delivery.attempts import AttemptResult

LIMITS = ("50", "200", "1000")
RESULTS = tuple(AttemptResult)
FILTERS = ("result", "event_id", "app")
_WIDTH = 120.0  # of the bars, in the units of their picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`name`: which share of the time. `x`, `width`: in the picture. `ms`: how long it took."""

    name: str
    ms: float
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`told`: the log's columns by name. `parts`: in the order in which they happened."""

    told: Mapping[str, Any]
    parts: tuple[Part, ...]

    @property
    def split(self) -> str:
        """The parts as text, for who sees no bars."""
        return ", ".join(f"{part.name} {part.ms:.1f} ms" for part in self.parts) or "no time taken"


def asked(query: Mapping[str, str], destination: str) -> dict[str, object]:
    """The parameters of ATTEMPTS; ParameterError names the filter that is not right."""
    given = {name: value for name in FILTERS if (value := query.get(name, "").strip())}
    limit = query.get("limit") or LIMITS[0]
    return attempts_asked({**given, "destination": destination, "limit": limit})


def rows(records: list[dict[str, Any]]) -> list[Row]:
    slowest = max((record["total_ms"] for record in records), default=0.0) or 1.0
    return [Row(told=record, parts=_parts(record, _WIDTH / slowest)) for record in records]


def _parts(record: Mapping[str, Any], scale: float) -> tuple[Part, ...]:
    """What the first byte was waited for is its time less all that came before the request."""
    total = record["total_ms"]
    before = sum(record[name] or 0.0 for name in ("dns_ms", "connect_ms", "tls_ms"))
    first_byte = record["first_byte_ms"]
    waited = None if first_byte is None else max(first_byte - before, 0.0)
    last = max(total - (first_byte if first_byte is not None else before), 0.0)
    spans = (
        ("DNS", record["dns_ms"]),
        ("connect", record["connect_ms"]),
        ("TLS", record["tls_ms"]),
        ("first byte", waited),
        ("rest" if first_byte is not None else "no answer", last),
    )
    found: list[Part] = []
    at = 0.0
    for name, ms in spans:
        if ms:
            found.append(Part(name=name, ms=ms, x=round(at * scale, 2), width=round(ms * scale, 2)))
            at += ms
    return tuple(found)
