"""What a store announces of a period besides renewal and access: extensions, pauses, consent to a price.

Each rule counts on the sorted timeline, and one point more never takes a count away: of strict
increases, of changes into a value, of a first time.
"""

from collections.abc import Iterator
from datetime import datetime

from streams.contracts.change import ChangeKind
from streams.contracts.words import Access, Consent, Signal
from streams.track.state import Point
from streams.track.timeline import flips

Announced = tuple[str, ChangeKind, Point]
"""Name of the fact within its period, its kind, and the point that brought it."""


def announced(points: tuple[Point, ...]) -> Iterator[Announced]:
    """All of them, of one period."""
    yield from _extensions(points)
    yield from _pause(points)
    yield from _resumed(points)
    yield from _consents(points)


def _extensions(points: tuple[Point, ...]) -> Iterator[Announced]:
    """The end of a period that gives access moved out without a charge. Grace moves it too, and is none.

    One that the store announces while no move is known (the earlier end was never told) is the first.
    """
    longer = list(further(points))
    for n, point in enumerate(longer, 1):
        yield f"extended/{n}", ChangeKind.EXTENDED, point
    said = [point for point in points if point.signal is Signal.EXTENDED]
    if said and not longer:
        yield "extended/1", ChangeKind.EXTENDED, said[0]


def further(points: tuple[Point, ...]) -> Iterator[Point]:
    """Where the end moved out, under one product: another one may last longer."""
    last: dict[str | None, datetime] = {}
    for point in points:
        standing = point.standing
        if standing.access is not Access.ACTIVE or standing.expires_at is None:
            continue
        known = last.get(standing.product_id, standing.expires_at)
        if standing.expires_at > known:
            yield point
        last[standing.product_id] = standing.expires_at


def _pause(points: tuple[Point, ...]) -> Iterator[Announced]:
    """Once a period: a pause that has begun had been scheduled, whoever missed the message of it."""
    for point in points:
        standing = point.standing
        if standing.pause_scheduled or standing.access is Access.PAUSED:
            yield "paused/1", ChangeKind.PAUSE_SCHEDULED, point
            return


def _resumed(points: tuple[Point, ...]) -> Iterator[Announced]:
    """A pause that ended in its own period; one that a charge ended is told by that."""
    for n, point in flips(points, _paused, start=False, into=False):
        yield f"resumed/{n}", ChangeKind.RESUMED, point


def _paused(point: Point) -> bool | None:
    """A paused subscription that expires was not resumed."""
    access = point.standing.access
    if access is None or (access.ended and access is not Access.PAUSED):
        return None
    return access is Access.PAUSED


def _consents(points: tuple[Point, ...]) -> Iterator[Announced]:
    for n, point in flips(points, _consent, start=None, into=Consent.ASKED):
        yield f"consent/{n}", ChangeKind.CONSENT, point
    for n, point in flips(points, _consent, start=None, into=Consent.GIVEN):
        yield f"consent/{n}/given", ChangeKind.CONSENT_GIVEN, point


def _consent(point: Point) -> Consent | None:
    return point.standing.consent
