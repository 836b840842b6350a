"""The charts beside the ground truth: every day, every store, to the micro."""

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from deploy.demo.demo import truth_of
from deploy.demo.happening import Business, Happening, Tracked
from deploy.demo.service import Service
from deploy.demo.truth import Figures, Truth

_PATIENCE, _AGAIN = 10.0, 1.0  # seconds; an answer is given again for one
_NONE = Figures()
_TRACKED = "SELECT DISTINCT purchase_key FROM outcomes WHERE kind = 'tracked'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One day of one store where the chart does not say what is true."""

    day: date
    store: str
    true: Figures
    charted: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`charted`: what the charts say. `days`: how many were compared."""

    charted: Truth
    days: int
    today: date
    differences: tuple[Difference, ...]

    def now(self, store: str) -> Figures:
        return self.charted.get((self.today, store), _NONE)

    @property
    def stores(self) -> list[str]:
        return sorted({store for _, store in self.charted})


async def compare(service: Service, told: Business) -> Comparison:
    """The last comparison of some seconds: an event counts a moment after it was written."""
    business = await _as_tracked(service, told)
    deadline = time.monotonic() + _PATIENCE
    while True:
        compared = await _compare_now(service, business)
        if not compared.differences or time.monotonic() > deadline:
            return compared
        await asyncio.sleep(_AGAIN)


async def _compare_now(service: Service, business: Business) -> Comparison:
    """Asked and computed within the same moment: again, when something ended in between."""
    while True:
        before = truth_of(business, datetime.now(UTC))
        charted = await _charted(service, business.first_day.date())
        now = datetime.now(UTC)
        if truth_of(business, now) == before:
            return _comparison(before, charted, now.date())


async def _as_tracked(service: Service, business: Business) -> Business:
    """A purchase that nobody tracked counts once somebody has tracked it by hand."""
    rows = await service.query(_TRACKED)
    tracked = {row["purchase_key"].rsplit("/", 1)[-1] for row in rows}
    return replace(business, happenings=tuple(_seen(one, tracked) for one in business.happenings))


def _seen(happening: Happening, tracked: set[str]) -> Happening:
    subscription = happening.subscription
    if subscription.tracked is not Tracked.NEVER or subscription.id not in tracked:
        return happening
    return replace(happening, subscription=replace(subscription, tracked=Tracked.LATE))


def _comparison(true: Truth, charted: Truth, today: date) -> Comparison:
    differences = [
        Difference(day=day, store=store, true=true.get(key, _NONE), charted=charted.get(key, _NONE))
        for key in sorted(true.keys() | charted.keys())
        for day, store in [key]
        if true.get(key, _NONE) != charted.get(key, _NONE)
    ]
    days = len({day for day, _ in true})
    return Comparison(charted=charted, days=days, today=today, differences=tuple(differences))


async def _charted(service: Service, first_day: date) -> Truth:
    mrr = await _chart(service, "mrr", first_day)
    active = await _chart(service, "active_subscriptions", first_day)
    counts = {_place(row): int(row["active_subscriptions"]) for row in active}
    return {
        _place(row): Figures(
            mrr_micros=int(row["mrr_usd_micros"]), active=counts.get(_place(row), 0)
        )
        for row in mrr
    }


async def _chart(service: Service, name: str, first_day: date) -> list[dict[str, Any]]:
    url = f"{service.addresses.charts}/v1/charts/{name}"
    told = await service.get(url, **{"from": first_day.isoformat(), "segment": "store"})
    rows: list[dict[str, Any]] = told["rows"]
    return rows


def _place(row: dict[str, Any]) -> tuple[date, str]:
    return date.fromisoformat(row["period_start"]), str(row["segment"])
