"""What every page is given: where it reads, where it writes, and how it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sinks.charts.lag_watch import LagWatch
from sinks.charts.last_received import Labels
from sinks.charts.reader import Reader
from sinks.console.access import Access
from sinks.console.audit import Audit
from sinks.console.live import Live
from sinks.console.pages import Pages
from sinks.delivery.plan import Plan
from sinks.delivery.standing import Standing
from streams.contracts.project import Project
from streams.contracts.step import Out
from streams.settings.environment import Settings


class Sending(Protocol):
    """The producer: what `send` returned from is in Kafka."""

    async def send(self, out: Out) -> None: ...

    async def send_all(self, outs: Sequence[Out]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`plans`: of the delivery lanes, destinations and forwards; may be empty."""

    settings: Settings
    project: Project
    plans: tuple[Plan, ...]
    reader: Reader
    labels: Labels
    lag: LagWatch
    standing: Standing
    producer: Sending
    access: Access
    audit: Audit
    live: Live
    pages: Pages
