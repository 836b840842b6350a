"""The forwards of project.toml as plans: a lane each, pushed and retried like a webhook."""

from datetime import timedelta

from sinks.delivery.egress import check_url
from sinks.delivery.plan import CONCURRENCY, RATE_MAX, TIMEOUT, Plan, State
from sinks.destinations.options import OptionReader
from sinks.forward.target import make_target
from streams.settings.forwards import ForwardSettings
from streams.settings.project_file import ProjectFile

TYPE = "forward"
_TIMEOUTS = (timedelta(seconds=1), timedelta(minutes=2))


def read_forwards(file: ProjectFile) -> tuple[Plan, ...]:
    """Raise ConfigError, naming `apps[0].stores[0].forward.field`, when one is not as it must be."""
    return tuple(map(read_forward_plan, file.forwards()))


def read_forward_plan(settings: ForwardSettings) -> Plan:
    options = OptionReader(settings.path, settings.options)
    private = options.flag("allow_private")
    insecure = options.flag("allow_insecure")
    check_url(settings.url, options, private=private, insecure=insecure)
    plan = Plan(
        name=settings.name,
        type=TYPE,
        destination=make_target(settings.url, options),
        state=State(options.word("state", State.ACTIVE, State)),
        concurrency=options.integer("concurrency", CONCURRENCY, least=1, most=1_000),
        rate=options.integer("rate", 0, least=0, most=RATE_MAX),
        timeout=_timeout(options),
        allow_private=private,
        path=settings.path,
    )
    options.refuse_others()
    return plan


def _timeout(options: OptionReader) -> timedelta:
    timeout = options.duration("timeout", TIMEOUT)
    shortest, longest = _TIMEOUTS
    if not shortest <= timeout <= longest:
        raise options.wrong("timeout", "use 1s to 2m")
    return timeout
