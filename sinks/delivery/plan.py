"""One destination as configured: what it takes, how hard it is pushed, how long it is retried."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from sinks.delivery.breaker import BreakerPolicy
from sinks.delivery.egress import check_url
from sinks.delivery.profile import PROFILES, Profile, ProfileName
from sinks.delivery.schedule import RETRIES, Schedule
from sinks.destinations import DESTINATIONS, RATES, SECRET_URLS
from sinks.destinations.base import Destination, Telling
from sinks.destinations.filters import Filter, read_filter
from sinks.destinations.options import OptionReader
from streams.contracts.event import Event
from streams.contracts.project import Project
from streams.settings.project_file import DestinationSettings, ProjectFile

TIMEOUT = PROFILES[ProfileName.STANDARD].timeout
CONCURRENCY = 10
RATE_MAX = 10_000
QUEUE = 200
HOLD = timedelta(seconds=20)
_MARGIN = timedelta(seconds=5)
_TIMEOUT_MAX = timedelta(minutes=2)


class State(StrEnum):
    """What the file says; a decision made at run time (topic control) wins over it."""

    ACTIVE = "active"
    PAUSED = "paused"
    SHADOW = "shadow"  # all but sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`concurrency`: attempts at one time. `queue`: deliveries that wait for one of them. `rate`:
    attempts that start in a second, of each process; 0: no limit.

    `allow_private`: the guard lets it through to any address. `path`: where project.toml has it.
    """

    name: str
    type: str
    destination: Telling
    filter: Filter = field(default_factory=Filter)
    state: State = State.ACTIVE
    concurrency: int = CONCURRENCY
    rate: int = 0
    queue: int = QUEUE
    timeout: timedelta = TIMEOUT
    schedule: Schedule = RETRIES
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
    allow_private: bool = False
    path: str = ""

    @property
    def hold(self) -> timedelta:
        """How long a delivery may hold up the commit of its event."""
        return max(HOLD, self.timeout + _MARGIN)

    def takes(self, event: Event) -> bool:
        """Whether the filter lets it through and the destination has anything to say of it."""
        return self.filter.takes(event) and self.destination.tells(event)

    @property
    def patience(self) -> timedelta:
        """How long it may wait in the lane: an attempt that starts later would end after `hold`."""
        return self.hold - self.timeout


def read_plans(file: ProjectFile) -> tuple[Plan, ...]:
    """Raise ConfigError, naming `destinations[0].field`, when one is not as it must be."""
    return tuple(read_plan(one, file.project) for one in file.destinations())


def read_plan(settings: DestinationSettings, project: Project) -> Plan:
    options = OptionReader(settings.path, settings.options)
    private = options.flag("allow_private")
    insecure = options.flag("allow_insecure")
    profile = PROFILES[ProfileName(options.word("profile", ProfileName.STANDARD, ProfileName))]
    destination = _destination(settings, options)
    if settings.url_in_file and settings.type in SECRET_URLS and not private:
        text = 'is a secret: write {env = "NAME"} or {file = "path"}, and the address there'
        raise options.wrong("url", text)
    check_url(destination.url, options, private=private, insecure=insecure)
    plan = Plan(
        name=settings.name,
        type=settings.type,
        destination=destination,
        filter=read_filter(options, project),
        state=State(options.word("state", State.ACTIVE, State)),
        concurrency=options.integer("concurrency", CONCURRENCY, least=1, most=1_000),
        rate=options.integer("rate", RATES.get(settings.type, 0), least=0, most=RATE_MAX),
        timeout=_timeout(options, profile),
        schedule=profile.schedule,
        allow_private=private,
        path=options.path,
    )
    options.refuse_others()
    return plan


def _destination(settings: DestinationSettings, options: OptionReader) -> Destination:
    make = DESTINATIONS.get(settings.type)
    if make is None:
        known = ", ".join(DESTINATIONS)
        raise options.wrong("type", f"no destination of type {settings.type!r}: use {known}")
    return make(settings.url, options)


def _timeout(options: OptionReader, profile: Profile) -> timedelta:
    timeout = options.duration("timeout", profile.timeout)
    if not timedelta(seconds=1) <= timeout <= _TIMEOUT_MAX:
        raise options.wrong("timeout", "use 1s to 2m")
    return timeout
