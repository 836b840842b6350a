"""The facts that stand on the timeline of a period: renewal, failed charges, ends, products.

Each rule counts on the sorted points, and one point more never takes a count away.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from types import MappingProxyType

from msgspec.structs import replace

from streams.contracts.change import ChangeKind
from streams.contracts.snapshot import Standing, Transaction
from streams.contracts.words import Access
from streams.track.announcements import announced
from streams.track.fact import Fact
from streams.track.state import Point
from streams.track.timeline import Flip, flips, moves


def standing_facts(
    prefix: str,
    points: tuple[Point, ...],
    transaction: Transaction | None,
    before: Mapping[str, int] = MappingProxyType({}),
) -> Iterator[tuple[str, Fact]]:
    """All of one period, by name after `prefix`; `transaction`: the one that began it; `before`: how
    often each kind had happened before the first point."""
    for fact, change in chain(
        _renewal(points),
        _failure(points),
        _ends(points),
        _products(points, transaction),
        _announced(points),
    ):
        yield f"{prefix}/{_counted_on(fact, before)}", replace(change, transaction=transaction)


def _counted_on(fact: str, before: Mapping[str, int]) -> str:
    kind, counted, rest = fact.partition("/")
    if kind not in before:
        return fact
    n, given, more = rest.partition("/")
    return f"{kind}{counted}{int(n) + before[kind]}{given}{more}"


def _announced(points: tuple[Point, ...]) -> Iterator[tuple[str, Fact]]:
    return ((name, _fact(kind, point)) for name, kind, point in announced(points))


def _fact(kind: ChangeKind, point: Point) -> Fact:
    standing = point.standing
    return Fact(kind=kind, by=point.by, item=standing.item, period=standing.period, point=point)


def _renewal(points: tuple[Point, ...]) -> Iterator[tuple[str, Fact]]:
    """Auto-renew starts on in every period."""
    for n, point in flips(points, _auto_renew, start=True, into=False):
        yield f"off/{n}", _fact(ChangeKind.RENEWAL_OFF, point)
    for n, point in flips(points, _auto_renew, start=True, into=True):
        yield f"on/{n}", _fact(ChangeKind.RENEWAL_ON, point)


def _auto_renew(point: Point) -> bool | None:
    return point.standing.auto_renew


def _failure(points: tuple[Point, ...]) -> Iterator[tuple[str, Fact]]:
    """One billing issue a period, however often the charge fails."""
    for point in points:
        if is_failing(point.standing):
            yield "issue", _fact(ChangeKind.BILLING_FAILED, point)
            yield "issue-cancel", _fact(ChangeKind.BILLING_CANCELLED, point)
            return


def is_failing(standing: Standing) -> bool:
    failing = standing.access is not None and standing.access.failing
    return failing or standing.charge_failed


def _ends(points: tuple[Point, ...]) -> Iterator[tuple[str, Fact]]:
    for n, point in flips(points, _ended, start=False, into=True):
        fact = _fact(ChangeKind.ENDED, point)
        yield f"end/{n}", replace(fact, ended_at=_access_until(points, point))


def ended_at(points: tuple[Point, ...]) -> datetime | None:
    """When access of a period went; None: nobody said that it did, or it came back."""
    told = [point for point in points if _ended(point) is not None]
    if not told or not _ended(told[-1]):
        return None
    *_, (_, end) = _ends(points)
    return end.ended_at


def _ended(point: Point) -> bool | None:
    return point.standing.access.ended if point.standing.access is not None else None


def _access_until(points: tuple[Point, ...], end: Point) -> datetime | None:
    """When access went: as the store says, else the last end of grace or of the term told by then."""
    if end.standing.ended_at is not None:
        return end.standing.ended_at
    told = [point.standing for point in points if point.by <= end.by]
    graces = [s.grace_expires_at for s in told if s.access is Access.GRACE and s.grace_expires_at]
    return max(graces, default=end.standing.expires_at)


def _products(
    points: tuple[Point, ...], transaction: Transaction | None
) -> Iterator[tuple[str, Fact]]:
    """`product/n`: what it will renew into changed. `switch/n`: what it is changed at once."""
    for n, point in _pending(points):
        standing = point.standing
        yield f"product/{n}", _change(point, standing.product_id, standing.next_product_id)
    switches = list(moves(points, _product, transaction.product_id if transaction else None))
    for (n, point), old in switches:
        yield f"switch/{n}", _switch(point, old)
    announced = [point for point in points if point.standing.product_changed]
    if announced and not switches:
        yield "switch/1", _switch(announced[0], None)


def _switch(point: Point, old: str | None) -> Fact:
    return replace(_change(point, old, point.standing.product_id), immediate=True)


def _change(point: Point, old: str | None, new: str | None) -> Fact:
    return replace(_fact(ChangeKind.PRODUCT_CHANGED, point), old_product_id=old, new_product_id=new)


def _pending(points: tuple[Point, ...]) -> Iterator[Flip]:
    """Changes of the pending product into one that is not the present one."""
    last: str | None = None
    n = 0
    for point in points:
        if point.standing.next_product_id is None:
            continue
        pending = point.standing.next_product_id
        value = pending if pending != point.standing.product_id else None
        if value is not None and value != last:
            n += 1
            yield Flip(n, point)
        last = value


def _product(point: Point) -> str | None:
    return point.standing.product_id
