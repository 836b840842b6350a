"""What a store announces of a period besides renewal and access: extensions, pauses, consent to a price.

Each rule counts on the sorted timeline, and one point more never takes a count away.
"""

from collections.abc import Iterator
from datetime import datetime

from streams.contracts.change import ChangeKind
from streams.contracts.words import Signal
from streams.track.state import Point
from streams.track.timeline import flips, rises

Announced = tuple[str, ChangeKind, Point]
"""Name of the fact within its period, its kind, and the point that brought it."""


def announced(points: tuple[Point, ...]) -> Iterator[Announced]:
    """All of them, of one period."""
    yield from _pauses(points)
    yield from _extensions(points)
    yield from _consents(points)


def _pauses(points: tuple[Point, ...]) -> Iterator[Announced]:
    for n, point in flips(points, _paused, start=False, into=True):
        yield f"paused/{n}", ChangeKind.PAUSE_SCHEDULED, point


def _paused(point: Point) -> bool | None:
    return point.standing.pauses


def _extensions(points: tuple[Point, ...]) -> Iterator[Announced]:
    """Every time that the end of a running period moved further away, under one product: another
    one may last longer. One that is announced while no move is known (the earlier end was never told)
    is the first."""
    further = list(rises(points, _until, of=_product))
    for n, point in further:
        yield f"extended/{n}", ChangeKind.EXTENDED, point
    told = [point for point in points if point.signal is Signal.EXTENDED]
    if told and not further:
        yield "extended/1", ChangeKind.EXTENDED, told[0]


def _until(point: Point) -> datetime | None:
    """Not of a failing or ended period: some stores move its end then."""
    access = point.standing.access
    over = access is not None and (access.failing or access.ended)
    return None if over else point.standing.expires_at


def _product(point: Point) -> str | None:
    return point.standing.product_id


def _consents(points: tuple[Point, ...]) -> Iterator[Announced]:
    """Asking and agreeing are counted apart, so that one told late never takes the other's name."""
    for n, point in flips(points, _agreed, start=None, into=False):
        yield f"consent/{n}", ChangeKind.CONSENT, point
    for n, point in flips(points, _agreed, start=None, into=True):
        yield f"consent-given/{n}", ChangeKind.CONSENT_GIVEN, point


def _agreed(point: Point) -> bool | None:
    return point.standing.agreed
