"""Every group's lag, asked from the broker whether its processes run or not; told as metrics too."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from streams.contracts.errors import TransientError
from streams.kafka.lag import GroupLag
from streams.observe import clock, metrics

_FRESH = 1.0  # seconds
_EVERY = 10.0
RECENT = 2 * _EVERY
_PATIENCE = 15.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLag:
    """Of a group on a topic: records that wait, and the age of the oldest in seconds."""

    group: str
    topic: str
    records: int
    seconds: float


class LagWatch:
    """`ask`: asks the broker. What it answered, that it did not too, is remembered."""

    def __init__(self, ask: Callable[[], Awaitable[list[GroupLag]]]) -> None:
        self._ask = ask
        self._one_at_a_time = asyncio.Lock()
        self._asked_at = float("-inf")
        self._known: list[GroupLag] | TransientError = []

    async def lags(self, *, within: float = _FRESH) -> list[GroupLag]:
        """By group, topic and partition, at most `within` seconds old; TransientError without a broker."""
        async with self._one_at_a_time:
            if clock.monotonic() - self._asked_at > within:
                self._known = await self._answer()
                self._asked_at = clock.monotonic()
            if isinstance(self._known, TransientError):
                raise TransientError(str(self._known))
            return self._known

    async def _answer(self) -> list[GroupLag] | TransientError:
        known = await self._asked()
        _tell([] if isinstance(known, TransientError) else totals(known))
        return known

    async def _asked(self) -> list[GroupLag] | TransientError:
        """A broker that hangs would be waited for longer than whoever asks has patience."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._ask()
        except TransientError as error:
            return error
        except TimeoutError:
            return TransientError(f"asked how far the groups are, no answer in {_PATIENCE:.0f} s")

    async def watch(self) -> None:
        """Keep the metrics fresh, for ever."""
        while True:
            try:
                await self.lags()
            except TransientError as error:
                _log.warning("lag_unknown", reason=str(error))
            await asyncio.sleep(_EVERY)


def totals(lags: list[GroupLag]) -> list[TopicLag]:
    """All partitions of a topic together: the sum of records, the oldest's age."""
    by_topic: dict[tuple[str, str], list[GroupLag]] = defaultdict(list)
    for lag in lags:
        by_topic[lag.group, lag.topic].append(lag)
    return [
        TopicLag(
            group=group,
            topic=topic,
            records=sum(lag.records for lag in of_topic),
            seconds=max(lag.seconds for lag in of_topic),
        )
        for (group, topic), of_topic in sorted(by_topic.items())
    ]


def _tell(lags: list[TopicLag]) -> None:
    """Nothing of groups and topics that were not answered: an alert waits for what is absent."""
    metrics.forget("group_lag_records")
    metrics.forget("group_lag_seconds")
    for lag in lags:
        metrics.gauge("group_lag_records", lag.records, group=lag.group, topic=lag.topic)
        metrics.gauge("group_lag_seconds", lag.seconds, group=lag.group, topic=lag.topic)
