"""Count flips on the timeline of a period, so that every order of arrival gives the same ids.

The points of a period are sorted by when they happened. A message that comes late is put where it
belongs, and inserting a value into a sequence never makes the number of its changes smaller: what
was emitted stays true, and the late message adds what it adds. Hence the n-th flip is a fact, and
`off/2` names the same one in every replay.
"""

from bisect import insort
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from streams.contracts.words import Signal
from streams.track.state import Point

T = TypeVar("T")


class Flip(NamedTuple):
    """The `n`-th change into a value, and the point that brought it."""

    n: int
    point: Point


def inserted(points: tuple[Point, ...], point: Point) -> tuple[Point, ...]:
    """The timeline with `point` in its place; the same one again when it is there already."""
    if any(known.by == point.by and known.standing == point.standing for known in points):
        return points
    longer = list(points)
    insort(longer, point, key=_place)
    return _without_repetition(longer)


def _without_repetition(points: list[Point]) -> tuple[Point, ...]:
    """An answer to our own question between two points that say the same adds nothing.

    The first and the last of a run stay, so that what comes late between them still flips back.
    """
    return tuple(
        point
        for place, point in enumerate(points)
        if not (
            point.signal is Signal.LOOKED_UP
            and 0 < place < len(points) - 1
            and points[place - 1].standing == point.standing == points[place + 1].standing
        )
    )


def _place(point: Point) -> tuple[int, str, str]:
    return (*point.by, repr(point.standing))


def flips(
    points: Sequence[Point], value_of: Callable[[Point], T | None], start: T, into: T
) -> Iterator[Flip]:
    """Every change of a value into `into`, the value being `start` at first.

    A point of which `value_of` is None does not say and is passed over.
    """
    last, n = start, 0
    for point in points:
        value = value_of(point)
        if value is None or value == last:
            continue
        last = value
        if value == into:
            n += 1
            yield Flip(n, point)


def moves(
    points: Sequence[Point], value_of: Callable[[Point], T | None], start: T | None
) -> Iterator[tuple[Flip, T | None]]:
    """Every change of a value to another one, with the value before it."""
    last, n = start, 0
    for point in points:
        value = value_of(point)
        if value is None or value == last:
            continue
        if last is not None:
            n += 1
            yield Flip(n, point), last
        last = value
