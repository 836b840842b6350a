"""`--from DAY` on a command line, the same in every command that has it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
DAY = click.DateTime(["%Y-%m-%d"])


def from_day(name: str, text: str, *, required: bool = False) -> Callable[[Command], Command]:
    """An option that gives the parameter `name` the day's first moment in UTC; None when it is not
    given. `text`: what begins with that day."""
    return click.option(
        "--from",
        name,
        type=DAY,
        metavar="DAY",
        required=required,
        callback=lambda _context, _parameter, day: _utc(day),
        help=f"{text} from that day on (UTC), as in 2026-11-23.",
    )


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
