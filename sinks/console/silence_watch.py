"""Each store's silence as metrics, by the rule of the Stores page, whether or not anybody looks at it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

import structlog

from sinks.charts.engine import QueryError
from sinks.charts.last_received import Labels
from sinks.charts.reader import Reader
from sinks.console.silence import Usual, patience
from sinks.console.usual_gaps import Key, UsualGaps
from streams.contracts.errors import TransientError
from streams.contracts.project import Project
from streams.observe import clock, metrics

_EVERY = 30.0  # seconds
_log = structlog.get_logger()


class SilenceWatch:
    """Of stores that have been received from; of the others there is no silence to tell."""

    def __init__(self, reader: Reader, labels: Labels, project: Project) -> None:
        self._labels = labels
        self._project = project
        self._gaps = UsualGaps(reader, [app.app_id for app in project.apps])

    async def watch(self) -> None:
        """Keep the metrics fresh, for ever."""
        while True:
            await self.tell(clock.now())
            await asyncio.sleep(_EVERY)

    async def tell(self, now: datetime) -> None:
        """Without ClickHouse nothing: what is usual is not known, so nothing is unusual."""
        try:
            usual = await self._gaps.ask(now)
        except (TransientError, QueryError) as error:
            _forget()
            _log.warning("silence_unknown", reason=str(error))
            return
        _forget()
        self._tell(usual, now)

    def _tell(self, usual: Mapping[Key, Usual], now: datetime) -> None:
        for app in self._labels.of(self._project):
            for store in app.stores:
                if store.last_received_at is None:
                    continue
                silent = (now - store.last_received_at).total_seconds()
                allowed = patience(usual.get((app.app_id, store.store))).total_seconds()
                whose = {"app": app.app_id, "store": store.store}
                metrics.gauge("store_silent_seconds", silent, **whose)
                metrics.gauge("store_patience_seconds", allowed, **whose)


def _forget() -> None:
    metrics.forget("store_silent_seconds")
    metrics.forget("store_patience_seconds")
