"""As many open files as the system lets this process have: each attempt may need a connection, and one
that finds none would look like a failure of its destination."""

import resource
from collections.abc import Iterable

import structlog

from sinks.delivery.plan import Plan

_FILES = 10_240  # where the system names no limit: macOS allows no more all the same
_OTHERS = 200  # files that are no connection of an attempt: Kafka, health, lookups, libraries
_log = structlog.get_logger()


def allow_many(plans: Iterable[Plan]) -> None:
    """Raise the limit; say loudly when the plans' attempts at one time need more than there are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    needed = sum(plan.concurrency for plan in plans) + _OTHERS
    if soft != resource.RLIM_INFINITY and soft < needed:
        _log.warning(
            "too_few_open_files",
            limit=soft,
            needed=needed,
            meaning="when many destinations hang at once, attempts of the others fail as `connect`:"
            " raise the limit (ulimit -n), or lower `concurrency`",
        )
