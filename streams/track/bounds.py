"""A purchase's state stays under 512 KiB: the oldest periods go first, counted.

What one message tells is emitted before anything goes, so nothing is lost by it. A fact that is gone
is told again under its id by a message that repeats it; a refund of a transaction that is gone finds
none. A period that is too large alone (somebody switches renewal off and on by a program) keeps its
newer half, how its older one ended, and how often each thing had happened, so that the next time has
an id of its own.
"""

import re
from collections import Counter

from msgspec.structs import asdict, replace

from streams.contracts.codec import encode
from streams.contracts.snapshot import Standing
from streams.track.facts import facts
from streams.track.state import Order, Point, PurchaseState

MOST_BYTES = 384 * 1024
_ROOM = 320 * 1024  # what is left, so that not every message has to make room
_ALWAYS_FITS = 200  # facts and points; a state with fewer is not measured
_FACT = re.compile(r"([a-z-]+)/(\d+)(/[a-z]+)?")


def bounded(state: PurchaseState) -> PurchaseState:
    """The state with no more than fits."""
    if _count(state) <= _ALWAYS_FITS or len(encode(state)) <= MOST_BYTES:
        return state
    names = _oldest_first(state)
    while len(names) > 1 and len(encode(state)) > _ROOM:
        gone, names = names[: len(names) // 4 or 1], names[len(names) // 4 or 1 :]
        state = _without(state, set(gone))
    longest = max(state.periods, key=lambda name: len(state.periods[name]), default=None)
    if longest is None or len(encode(state)) <= _ROOM:
        return state
    return _shortened(state, longest)


def _count(state: PurchaseState) -> int:
    points = sum(len(points) for points in state.periods.values())
    returned = len(state.refunds) + len(state.reversals)
    return points + len(state.transactions) + returned + len(state.invoices)


def _oldest_first(state: PurchaseState) -> list[str]:
    """Names of all periods, by the newest that is known of each."""
    newest: dict[str, Order] = {name: points[-1].by for name, points in state.periods.items()}
    told = [
        (known.transaction.item, known.transaction.period, known.by)
        for known in state.transactions.values()
    ]
    told += [
        (known.invoice.item, known.invoice.period, known.by) for known in state.invoices.values()
    ]
    for item, period, by in told:
        name = f"{item}/{period}"
        newest[name] = max(by, newest.get(name, by))
    return sorted(newest, key=lambda name: (newest[name], name))


def _without(state: PurchaseState, gone: set[str]) -> PurchaseState:
    """All but these periods, their transactions and invoices, and the money that went back of them."""
    transactions = {
        fact: told
        for fact, told in state.transactions.items()
        if f"{told.transaction.item}/{told.transaction.period}" not in gone
    }
    lost = [
        told.transaction for fact, told in state.transactions.items() if fact not in transactions
    ]
    kept_refs = {ref for told in transactions.values() for ref in told.transaction.refs}
    refs = {ref for transaction in lost for ref in transaction.refs} - kept_refs
    smaller = replace(
        state,
        transactions=transactions,
        refunds={n: each for n, each in state.refunds.items() if refs.isdisjoint(each.refund.refs)},
        reversals={
            n: each for n, each in state.reversals.items() if refs.isdisjoint(each.refund.refs)
        },
        periods={name: points for name, points in state.periods.items() if name not in gone},
        invoices={
            name: billed
            for name, billed in state.invoices.items()
            if f"{billed.invoice.item}/{billed.invoice.period}" not in gone
        },
        before={name: counts for name, counts in state.before.items() if name not in gone},
        terms_dropped=dict(Counter(state.terms_dropped) + Counter(each.item for each in lost)),
    )
    dropped = sum(len(state.periods.get(name, ())) for name in gone)
    return replace(smaller, points_dropped=state.points_dropped + dropped)


def _shortened(state: PurchaseState, name: str) -> PurchaseState:
    """The newer half of a period's timeline, behind one point that says how the older one ended."""
    points = state.periods[name]
    older, newer = points[: len(points) // 2], points[len(points) // 2 :]
    kept = (_last_of(older), *newer)
    periods = {**state.periods, name: kept}
    without_counts = {other: counts for other, counts in state.before.items() if other != name}
    shorter = replace(state, periods=periods, before=without_counts)
    happened = _highest(state, name)
    again = _highest(shorter, name)
    before = {
        kind: n - again.get(kind, 0) for kind, n in happened.items() if n > again.get(kind, 0)
    }
    dropped = len(points) - len(kept)
    return replace(
        shorter,
        before={**without_counts, name: before},
        points_dropped=state.points_dropped + dropped,
    )


def _last_of(points: tuple[Point, ...]) -> Point:
    """The last point, with what it does not say as the ones before it said it last."""
    said: dict[str, object] = {}
    for point in points:
        said |= {
            field: value for field, value in asdict(point.standing).items() if value is not None
        }
    return replace(points[-1], standing=Standing(**said))  # type: ignore[arg-type]


def _highest(state: PurchaseState, name: str) -> dict[str, int]:
    """Of each kind of fact that is counted in this period, the last number."""
    highest: dict[str, int] = {}
    for fact in facts(state, "", {name}):
        counted = _FACT.fullmatch(fact.removeprefix(f"/{name}/"))
        if counted is not None:
            highest[counted[1]] = max(int(counted[2]), highest.get(counted[1], 0))
    return highest
