"""From a chart's rows to the lines or bars that are drawn. Pure: nothing is drawn that no row says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sinks.console.drawing import Drawing, Shape, Unit, unit_of

MOST = 8  # lines that can be told apart
Row = Mapping[str, Any]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """`values`: one a period; None: nothing is known, which is no 0."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """`incomplete`: one a period. `left_out`: series that only the table has."""

    periods: tuple[date, ...]
    series: tuple[Series, ...]
    incomplete: tuple[bool, ...]
    unit: Unit
    left_out: int = 0

    @property
    def is_empty(self) -> bool:
        return all(value is None for one in self.series for value in one.values)


def drawn(
    rows: Sequence[Row],
    drawing: Drawing,
    periods: tuple[date, ...],
    *,
    segmented: bool,
    measure: str,
) -> Drawn:
    """`measure`: one column; "": those of the drawing."""
    by = (*drawing.by, *(["segment"] if segmented else []))
    columns = (measure,) if measure else drawing.measures
    keys = sorted({_key(row, by) for row in rows})
    if by and not measure:
        columns = (drawing.total or drawing.measures[0],)
    found = _values(rows, by, columns)
    series = [
        Series(
            name=_name(key, column, is_one_column=len(columns) == 1),
            values=_line(found, key, column, periods, drawing),
        )
        for key in keys
        for column in columns
    ]
    series = _without_idle(series)
    shown = sorted(series, key=_weight, reverse=True)[:MOST] if len(series) > MOST else series
    return Drawn(
        periods=periods,
        series=tuple(one for one in series if one in shown),
        incomplete=_incomplete(rows, periods),
        unit=unit_of(columns[0]),
        left_out=len(series) - len(shown),
    )


def unpriced(rows: Sequence[Row], drawing: Drawing) -> int:
    """How many had no price: of what happened all of the range, of what is at a time the last."""
    if drawing.shape is Shape.BARS:
        return sum(row.get("unpriced", 0) for row in rows)
    last = max((row["period_start"] for row in rows), default="")
    return sum(row.get("unpriced", 0) for row in rows if row["period_start"] == last)


def _values(
    rows: Sequence[Row], by: Key, columns: Key
) -> dict[tuple[Key, str], dict[str, float | None]]:
    found: dict[tuple[Key, str], dict[str, float | None]] = {}
    for row in rows:
        for column in columns:
            at = found.setdefault((_key(row, by), column), {})
            at[row["period_start"]] = row[column]
    return found


def _line(
    found: Mapping[tuple[Key, str], Mapping[str, float | None]],
    key: Key,
    column: str,
    periods: tuple[date, ...],
    drawing: Drawing,
) -> tuple[float | None, ...]:
    told = found[key, column]
    sign = -1 if column in drawing.negated else 1
    values = (told.get(day.isoformat(), drawing.absent) for day in periods)
    return tuple(None if value is None else sign * value for value in values)


def _key(row: Row, by: Key) -> Key:
    return tuple(str(row[name]) for name in by)


def _name(key: Key, column: str, *, is_one_column: bool) -> str:
    named = " ".join(part or "(none)" for part in key)
    if named and is_one_column:
        return named
    return " ".join(filter(None, (named, column.removesuffix("_usd").replace("_", " "))))


def _without_idle(series: list[Series]) -> list[Series]:
    """Where there are many, those that never are anything only take colors away from the others."""
    if len(series) == 1:
        return series
    return [one for one in series if any(one.values)] or series[:1]


def _weight(series: Series) -> float:
    return sum(abs(value) for value in series.values if value is not None)


def _incomplete(rows: Sequence[Row], periods: tuple[date, ...]) -> tuple[bool, ...]:
    told = {row["period_start"] for row in rows if row["incomplete"]}
    return tuple(day.isoformat() in told for day in periods)
