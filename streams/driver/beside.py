"""Compacted topics that a role knows by heart: read wholly before the first record, then followed."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from streams.contracts.step import Record
from streams.kafka.follower import Follower
from streams.settings.kafka import KafkaSettings


class Followed:
    """A topic and what is done with each of its records, in the same event loop as the cycles."""

    def __init__(
        self, kafka: KafkaSettings, topic: str, on_record: Callable[[Record], None]
    ) -> None:
        self._kafka, self._topic, self._on_record = kafka, topic, on_record
        self._follower: Follower | None = None

    async def __aenter__(self) -> Self:
        follower = Follower(self._kafka, self._topic, self._on_record)
        await follower.start()
        self._follower = follower
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._follower is not None:
            await self._follower.stop()

    def problem(self) -> str | None:
        """Why it follows no longer: steps would judge by what has passed."""
        return None if self._follower is None else self._follower.problem()
