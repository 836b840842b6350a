"""What charts can be asked for: each parameter once, with its default and what it takes.

The views' SQL declares which of them a chart has, as `{name:Type}`; a new chart that needs a new
parameter adds a line here. A value that is not taken is a ParameterError that names the parameter.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from streams.contracts.errors import StoreNotificationsError
from streams.contracts.stores import BY_NAME
from streams.contracts.words import Environment

DEFAULT_DAYS = 90
MOST_PERIODS = 4_000  # calendar periods of one answer: ten years of days
RESOLUTIONS = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}
MOST_WINDOW_DAYS = 3_660
REFUNDS_ON = ("original", "refund")
SEGMENTS = ("", "store", "app", "country", "product", "duration", "offer_type")


class ParameterError(StoreNotificationsError):
    """A question that can't be asked: the text names the parameter and what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """`takes`: for people. `default` gets today's date."""

    name: str
    takes: str
    default: Callable[[date], str]
    read: Callable[[str], object]


def _text(name: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if len(value) > 255 or not value.isprintable():  # noqa: PLR2004 - no id is so long
            raise ParameterError(f"{name}: at most 255 printable characters")
        return value

    return read


def _one_of(name: str, allowed: Iterable[str]) -> Callable[[str], str]:
    names = tuple(allowed)

    def read(value: str) -> str:
        if value not in names:
            known = ", ".join(one or "empty" for one in names)
            raise ParameterError(f"{name} is {value[:50]!r}: use {known}")
        return value

    return read


def _day(name: str) -> Callable[[str], date]:
    def read(value: str) -> date:
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise ParameterError(f"{name} is {value[:50]!r}: use a day like 2026-11-23") from error
        if not date(2000, 1, 1) <= day <= date(2100, 1, 1):
            raise ParameterError(f"{name} is {value}: use a day from 2000 to 2100")
        return day

    return read


def _number(name: str, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit() and int(value) <= most):
            raise ParameterError(f"{name} is {value[:20]!r}: use a whole number from 0 to {most}")
        return int(value)

    return read


def _duration(name: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if not re.fullmatch(r"P[1-9][0-9]{0,3}[DWMY]", value):
            raise ParameterError(f"{name} is {value[:20]!r}: use one such as P1W, P1M or P1Y")
        return value

    return read


PARAMETERS = {
    parameter.name: parameter
    for parameter in (
        Parameter(name="app", takes="an app's id; empty: all", default=lambda _: "", read=_text("app")),
        Parameter(
            name="store",
            takes="empty: all, or one of " + ", ".join(BY_NAME),
            default=lambda _: "",
            read=_one_of("store", ["", *BY_NAME]),
        ),
        Parameter(
            name="environment",
            takes="PRODUCTION or SANDBOX",
            default=lambda _: Environment.PRODUCTION.value,
            read=_one_of("environment", [environment.value for environment in Environment]),
        ),
        Parameter(
            name="from",
            takes="the first day, UTC",
            default=lambda today: (today - timedelta(days=DEFAULT_DAYS)).isoformat(),
            read=_day("from"),
        ),
        Parameter(name="to", takes="the last day, UTC", default=lambda today: today.isoformat(), read=_day("to")),
        Parameter(
            name="resolution",
            takes="day, week (from Sunday), month, quarter or year",
            default=lambda _: "day",
            read=_one_of("resolution", RESOLUTIONS),
        ),
        Parameter(
            name="segment",
            takes="empty, or one of " + ", ".join(filter(None, SEGMENTS)),
            default=lambda _: "",
            read=_one_of("segment", SEGMENTS),
        ),
        Parameter(
            name="window_days",
            takes=f"how many days after the first count too, 0 to {MOST_WINDOW_DAYS}",
            default=lambda _: "30",
            read=_number("window_days", MOST_WINDOW_DAYS),
        ),
        Parameter(
            name="refunds_on",
            takes="the day on which a refund counts: original (of the payment) or refund",
            default=lambda _: "original",
            read=_one_of("refunds_on", REFUNDS_ON),
        ),
        Parameter(
            name="duration",
            takes="a product's, ISO 8601 of one unit: P1W, P1M, P1Y",
            default=lambda _: "P1M",
            read=_duration("duration"),
        ),
    )
}  # fmt: skip
"""In the order in which every chart has them."""


def read_parameters(
    names: Iterable[str], asked: Mapping[str, str], today: date
) -> dict[str, object]:
    """The values that a chart with these parameters is asked with."""
    names = tuple(names)
    unknown = sorted(asked.keys() - set(names))
    if unknown:
        raise ParameterError(f"{unknown[0]}: no such parameter, there are {', '.join(names)}")
    values = {
        name: PARAMETERS[name].read(asked.get(name, PARAMETERS[name].default(today)))
        for name in names
    }
    _range(values)
    return values


def _range(values: Mapping[str, object]) -> None:
    first, last = values.get("from"), values.get("to")
    if not (isinstance(first, date) and isinstance(last, date)):
        return
    if first > last:
        raise ParameterError(f"from is {first}, after to, which is {last}")
    days = RESOLUTIONS.get(str(values.get("resolution")), 1)
    if (last - first).days > MOST_PERIODS * days:
        raise ParameterError(f"from is {first}: at most {MOST_PERIODS} calendar periods before to")
