"""What needs somebody now, and what to do: the first lines of `status` and of the console. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sinks.charts.lag_watch import TopicLag
from streams.contracts.topics import DELAYS, LAYOUT

LATE = timedelta(seconds=30)
"""A role that runs is within a second or two; one that was killed is back by then."""
_SINKS = frozenset({"charts", "deliver", "forward"})
_STREAMS = frozenset({"verify", "track", "identify", "receipts", "lookup", "delay"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """`what`: as it is seen. `do`: where to look, or what ends it. Sentences."""

    what: str
    do: str


def behind(lags: Iterable[TopicLag]) -> tuple[Attention, ...]:
    """Of each group and topic whose oldest record waits longer than it should."""
    return tuple(_behind(lag) for lag in lags if lag.records and lag.seconds > _patience(lag.topic))


def never_read(lags: Iterable[TopicLag]) -> tuple[Attention, ...]:
    """Of each role that no event comes without and that has never run: without a group it has no lag."""
    running = {lag.group.removesuffix(f"-{LAYOUT}") for lag in lags}
    return tuple(
        Attention(
            what=f"{role} has never read anything: what is for it waits in Kafka, for 30 days at most.",
            do=f"Start {_command(role)}.",
        )
        for role in sorted(_STREAMS - running)
    )


def no_broker(error: Exception) -> Attention:
    """While it is so stores are answered 503, so they keep what they have and send it again."""
    return Attention(
        what=f"Kafka does not answer ({error}). Nothing moves; stores get 503 and will send again.",
        do="See that the brokers that SN_KAFKA names run and can be reached from this machine.",
    )


def no_clickhouse(error: Exception) -> Attention:
    """Charts and pages wait for it, webhooks do not."""
    return Attention(
        what=f"ClickHouse does not answer: {error}.",
        do="See that what SN_CLICKHOUSE names runs; what it missed waits in Kafka for 30 days.",
    )


def _patience(topic: str) -> float:
    """Seconds. A record of a delay topic is there to wait."""
    return (DELAYS.get(topic, timedelta()) + LATE).total_seconds()


def _behind(lag: TopicLag) -> Attention:
    role = lag.group.removesuffix(f"-{LAYOUT}")
    records = "1 record waits" if lag.records == 1 else f"{lag.records:,} records wait"
    return Attention(
        what=f"{role} is behind: {records} in {lag.topic}, the oldest for {lag.seconds:,.0f} s.",
        do=_remedy(role),
    )


def _remedy(role: str) -> str:
    if role not in _SINKS | _STREAMS:
        return f"Group {role} is none of this service's: ask who reads with it."
    return (
        f"See whether {_command(role)} runs: its log, and /readyz on its health port,"
        " which says why not. If it does, it needs another worker, or what it writes to is slow."
    )


def _command(role: str) -> str:
    return f"python -m {'sinks' if role in _SINKS else 'streams'} {role}"
