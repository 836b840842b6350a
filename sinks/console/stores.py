"""Stores, the home: which store talks to us, since when it does not, and why."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from sinks.charts.attention import Attention, behind, never_read, no_broker
from sinks.charts.engine import QueryError
from sinks.charts.lag_watch import RECENT, totals
from sinks.charts.last_received import AppLabel, Billable, StoreLabel
from sinks.charts.needs import Needs
from sinks.console.day_chart import DayChart, day_chart
from sinks.console.parts import Parts
from sinks.console.silence import alarm
from sinks.console.stores_queries import StoreQuestions, Told
from streams.contracts.errors import TransientError
from streams.contracts.project import AppStore
from streams.observe import clock

_OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreView:
    """`alarm`: what is unusual about its silence. `untracked`: kept until their purchase is tracked.
    That and `day` None: ClickHouse does not answer."""

    label: StoreLabel
    alarm: str
    untracked: int | None
    day: DayChart | None
    track_new: str
    asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppView:
    """`month`: what its backend posted in this one."""

    label: AppLabel
    month: Billable
    stores: tuple[StoreView, ...]


def routes(parts: Parts) -> list[web.RouteDef]:
    return [web.get("/", _Stores(parts).show)]


class _Stores:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        apps = [app.app_id for app in parts.project.apps]
        self._questions = StoreQuestions(parts.reader, apps)
        self._needs = Needs(parts.reader, parts.labels, parts.project)

    async def show(self, request: web.Request) -> web.Response:
        now = clock.now()
        (told, problem), late, needed = await asyncio.gather(
            self._told(now), self._behind(), self._needed()
        )
        labels = self._parts.labels.of(self._parts.project)
        apps = [self._app(label, told, now) for label in labels]
        return self._parts.pages.render(
            request, "stores.html", apps=apps, attention=(*late, *needed), problem=problem
        )

    async def _told(self, now: datetime) -> tuple[Told | None, str]:
        """The labels come from Kafka: they are shown whether or not ClickHouse answers."""
        try:
            return await self._questions.ask(now), ""
        except (TransientError, QueryError) as error:
            return None, str(error)

    async def _needed(self) -> tuple[Attention, ...]:
        try:
            return await self._needs.attention()
        except (TransientError, QueryError):
            return ()  # `problem` tells of it

    async def _behind(self) -> tuple[Attention, ...]:
        try:
            groups = totals(await self._parts.lag.lags(within=RECENT))
            return (*never_read(groups), *behind(groups))
        except TransientError as error:
            return (no_broker(error),)

    def _app(self, label: AppLabel, told: Told | None, now: datetime) -> AppView:
        app = self._parts.project.app(label.app_id)
        return AppView(
            label=label,
            month=_month(label, now),
            stores=tuple(
                _store(label, one, app.store(one.store), told, now) for one in label.stores
            ),
        )


def _store(
    app: AppLabel, label: StoreLabel, store: AppStore, told: Told | None, now: datetime
) -> StoreView:
    key = (app.app_id, label.store)
    usual = told.usual.get(key) if told is not None else None
    return StoreView(
        label=label,
        alarm="" if told is None else alarm(label.last_received_at, now, usual),
        untracked=None if told is None else told.kept.get(key, 0),
        day=None if told is None else day_chart(told.counts.get(key, ()), now),
        track_new="" if store.track_new == _OFF else store.track_new,
        asked=store.asked,
    )


def _month(label: AppLabel, now: datetime) -> Billable:
    name = f"{now:%Y-%m}"
    none = Billable(month=name, purchases=0, usd_micros=0, usd=0.0, unpriced=0)
    return next((month for month in label.billable if month.month == name), none)
