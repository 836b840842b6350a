"""The last 24 hours of a store as stacked bars, one an hour, drawn as SVG by its template. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

HOURS = 24
WIDTH, HEIGHT = 288, 40
_STEP, _BAR = WIDTH / HOURS, 9.0
_HOUR = timedelta(hours=1)
# From the bottom up: what was done with it, by outcome.
GROUPS = {
    "applied": ("matched", "test", "tracked"),
    "repeated": ("duplicate", "stale"),
    "kept": ("parked", "no_purchase", "needs_credentials", "parked_dropped"),
    "refused": ("rejected", "bug", "unknown_token", "skipped"),
}
_GROUP = {kind: group for group, kinds in GROUPS.items() for kind in kinds}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many outcomes of a kind in the hour that begins then."""

    hour: datetime
    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a bar, in units of the drawing."""

    group: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """`text`: the hour in words. Its `x` and `width` are where a pointer finds it."""

    text: str
    x: float
    width: float
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChart:
    """`totals`: by kind, with its group, the most frequent first. `most`: of one hour."""

    hours: tuple[Hour, ...]
    totals: tuple[tuple[str, str, int], ...]
    most: int
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def text(self) -> str:
        """All of it in words."""
        parts = ", ".join(f"{count:,} {said(kind)}" for kind, _, count in self.totals)
        return parts or "nothing"


def first_hour(now: datetime) -> datetime:
    """Of the 24 that end with the running one."""
    return now.replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * _HOUR


def day_chart(counts: Iterable[Counted], now: datetime) -> DayChart:
    by_hour: dict[datetime, Counter[str]] = {}
    totals: Counter[str] = Counter()
    for one in counts:
        by_hour.setdefault(one.hour, Counter())[one.kind] += one.count
        totals[one.kind] += one.count
    most = max((sum(kinds.values()) for kinds in by_hour.values()), default=0)
    first = first_hour(now)
    hours = (first + number * _HOUR for number in range(HOURS))
    return DayChart(
        hours=tuple(
            _hour(number, hour, by_hour.get(hour, Counter()), most)
            for number, hour in enumerate(hours)
        ),
        totals=tuple((kind, group_of(kind), count) for kind, count in totals.most_common()),
        most=most,
    )


def group_of(kind: str) -> str:
    return _GROUP.get(kind, "kept")


def said(kind: str) -> str:
    """An outcome's word as a person writes it."""
    return kind.replace("_", " ")


def _hour(number: int, hour: datetime, kinds: Counter[str], most: int) -> Hour:
    x = round(number * _STEP + (_STEP - _BAR) / 2, 2)
    told = ", ".join(f"{count:,} {said(kind)}" for kind, count in kinds.most_common())
    return Hour(
        text=f"{hour:%H}:00 UTC: {told or 'nothing'}",
        x=round(number * _STEP, 2),
        width=_STEP,
        blocks=_blocks(x, kinds, most),
    )


def _blocks(x: float, kinds: Counter[str], most: int) -> tuple[Block, ...]:
    """Stacked; what is there at all is seen: a block is at least one unit high."""
    blocks = []
    floor = float(HEIGHT)
    for group, members in GROUPS.items():
        count = sum(kinds[kind] for kind in members)
        if count:
            height = max(1.0, round(count / most * (HEIGHT - 4), 2))
            floor = round(max(floor - height, 0.0), 2)
            blocks.append(Block(group=group, x=x, y=floor, width=_BAR, height=height))
    return tuple(blocks)
