"""Figures of charts as people read them, by their unit. Pure."""

from typing import Any

from sinks.console.drawing import Unit, unit_of

NOTHING = "\N{EN DASH}"
_SECOND = 1_000.0  # milliseconds
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_FEW = 100  # USD, below which cents are worth showing on an axis


def figure(value: float | None, unit: Unit) -> str:
    """With its unit; NOTHING where nothing is known."""
    if value is None:
        return NOTHING
    match unit:
        case Unit.USD:
            return f"{value:,.2f} USD"
        case Unit.SHARE:
            return f"{100 * value:.1f} %"
        case Unit.MS:
            return span(value)
        case Unit.DAYS:
            return f"{value:.1f} days"
        case Unit.COUNT:
            return f"{value:,.0f}"


def short(value: float, unit: Unit) -> str:
    """For an axis."""
    if unit is Unit.USD:
        sign, size = "-" if value < 0 else "", abs(value)
        return f"{sign}${size:,.0f}" if size >= _FEW or not size else f"{sign}${size:,.2f}"
    return f"{100 * value:.0f} %" if unit is Unit.SHARE else figure(value, unit)


def span(ms: float) -> str:
    """Milliseconds in a unit that shows what they are."""
    for size, unit in ((_HOUR, "h"), (_MINUTE, "min"), (_SECOND, "s")):
        if ms >= size:
            return f"{ms / size:,.1f} {unit}"
    return f"{ms:,.0f} ms"


def cell(column: str, value: Any) -> str:  # noqa: ANN401 - what a column holds
    """A value of the table; its column's name says the unit."""
    if value is None:
        return NOTHING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    unit = unit_of(column)
    if unit is Unit.COUNT:
        return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
    return f"{value:,.2f}" if unit is Unit.USD else figure(value, unit)
