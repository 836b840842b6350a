"""Retention as a table: a row a cohort, a column a length of the product, shaded by its share. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_COLUMNS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`share`: 0 to 1; None: there is none. `shade`: 0 to 10, a class of console.css."""

    share: float | None
    retained: int = 0
    incomplete: bool = False

    @property
    def shade(self) -> int:
        return 0 if self.share is None else min(10, max(0, round(10 * self.share)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """`cells`: one a column; what is not old enough at all has none."""

    period_start: str
    segment: str
    size: int
    cells: tuple[Cell, ...]


def cohorts(rows: Sequence[Mapping[str, Any]]) -> tuple[Cohort, ...]:
    """Newest first; at most MOST_COLUMNS lengths of each, the file has all."""
    found: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["period_start"], row["segment"]), {})[row["period"]] = row
    wide = min(max((row["period"] for row in rows), default=0) + 1, MOST_COLUMNS)
    order = sorted(found, key=lambda one: one[1])
    order.sort(key=lambda one: one[0], reverse=True)
    return tuple(_cohort(key, found[key], wide) for key in order)


def _cohort(key: tuple[str, str], told: Mapping[int, Mapping[str, Any]], wide: int) -> Cohort:
    size = next(iter(told.values()))["cohort_size"]
    cells = tuple(_cell(told.get(period)) for period in range(wide))
    return Cohort(period_start=key[0], segment=key[1], size=size, cells=cells)


def _cell(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return Cell(share=None)
    return Cell(share=row["retention"], retained=row["retained"], incomplete=row["incomplete"])
