"""Which events a destination takes: environment, apps, event types, extensions, age.

Judged once, when deliver first reads the event; a retry is not judged again, so that an event does
not grow too old for its destination while the destination is down.
"""

from dataclasses import dataclass
from datetime import timedelta

from sinks.destinations.options import OptionReader
from streams.contracts.event import Event, EventType
from streams.contracts.project import Project
from streams.contracts.words import Environment, Origin

MAX_AGE = timedelta(days=8)
_BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """None: no restriction. `max_age`: of received_at minus occurred_at."""

    environment: Environment | None = None
    apps: frozenset[str] | None = None
    event_types: frozenset[str] | None = None
    extensions: bool = False
    max_age: timedelta | None = MAX_AGE

    def takes(self, event: Event) -> bool:
        return self.refusal(event) is None

    def refusal(self, event: Event) -> str | None:
        """Why not, in one word; None: this destination takes the event."""
        if self.apps is not None and event.app_id not in self.apps:
            return "app"
        if self.environment is not None and self.environment is not event.environment:
            return "environment"
        if self.event_types is not None and event.type not in self.event_types:
            return "event_type"
        return self._unasked(event)

    def _unasked(self, event: Event) -> str | None:
        if event.origin is Origin.IMPORT:
            return "import"
        if event.extension and not self.extensions:
            return "extension"
        return "age" if self._too_old(event) else None

    def _too_old(self, event: Event) -> bool:
        return self.max_age is not None and event.received_at - event.occurred_at >= self.max_age


def read_filter(options: OptionReader, project: Project) -> Filter:
    """Raise ConfigError for a word that is no environment, app or event type."""
    environment = options.word("environment", _BOTH, (*Environment, _BOTH))
    return Filter(
        environment=None if environment == _BOTH else Environment(environment),
        apps=options.words("apps", (app.app_id for app in project.apps)),
        event_types=options.words("event_types", EventType),
        extensions=options.flag("extensions"),
        max_age=options.age("deliver_max_age", MAX_AGE),
    )
