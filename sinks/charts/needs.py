"""What ClickHouse's tables say that somebody must do: for the first lines of `status` and of the console."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sinks.charts.attention import Attention
from sinks.charts.failing import TRIED, failing, tried_asked
from sinks.charts.fold_ledger import NOTED, folded_otherwise
from sinks.charts.last_received import AppLabel, Labels
from sinks.charts.reader import Reader
from sinks.charts.unlisted import Unlisted
from sinks.charts.unproven import JUDGED, judged_asked, unproven
from streams.contracts.project import Project
from streams.observe import clock

_TABLES = f"SELECT ({NOTED}), (SELECT count() FROM subscriptions), (SELECT count() FROM events)"  # noqa: S608 - ours
_SETTLED = timedelta(minutes=5)  # an event is written a second after its notification was matched
_AGAIN = 10.0  # seconds: a day's outcomes and an hour's attempts are looked at
_MATCHED = "matched"


class Needs:
    """Asks ClickHouse, for whoever looks. `labels`: what Kafka knows of what came."""

    def __init__(self, reader: Reader, labels: Labels, project: Project) -> None:
        self._reader = reader
        self._labels = labels
        self._project = project
        self._unlisted = Unlisted(reader, project)
        self._known: tuple[Attention, ...] = ()
        self._until = float("-inf")

    async def attention(self) -> tuple[Attention, ...]:
        """QueryError or TransientError when ClickHouse does not answer."""
        if clock.monotonic() > self._until:
            self._known = (*await self._tables(), *await self._lately())
            self._until = clock.monotonic() + _AGAIN
        return (*self._known, *await self._unlisted.attention())

    async def _tables(self) -> tuple[Attention, ...]:
        ((noted, subscriptions, events),) = (await self._reader.ask(_TABLES)).rows
        told = matched_before(self._labels.of(self._project), clock.now() - _SETTLED)
        lost = (_LOST,) if told and not events else ()
        old = (_OLD,) if folded_otherwise(str(noted), bool(subscriptions)) else ()
        return (*lost, *old)

    async def _lately(self) -> tuple[Attention, ...]:
        """Stores and destinations."""
        now = clock.now()
        judged = await self._reader.ask(JUDGED, judged_asked(now))
        tried = await self._reader.ask(TRIED, tried_asked(now))
        return (*unproven(judged.rows), *failing(tried.rows))


def matched_before(apps: Iterable[AppLabel], moment: datetime) -> bool:
    """Whether a notification of any app was joined with a purchase by then."""
    return any(
        store.last_received_at < moment
        for app in apps
        for store in app.stores
        if store.last_received_at is not None and store.counts.get(_MATCHED)
    )


_LOST = Attention(
    what="ClickHouse holds no event, though notifications were matched: it is another one than before,"
    " or its tables were lost. Charts show nothing.",
    do="See that SN_CLICKHOUSE names the right one (chdb:// is relative to where the process starts)."
    " If it is lost: deploy/runbook.md, Backups and restore.",
)
_OLD = Attention(
    what="Subscriptions were folded by another version: charts of those that nobody tells of may be off.",
    do="python -m sinks charts rebuild: the table that charts read stays until the new one is done.",
)
