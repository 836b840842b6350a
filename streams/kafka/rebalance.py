"""Told by the group's protocol when partitions come and go; aiokafka only logs what is raised here."""

from collections.abc import Awaitable, Callable

from aiokafka import ConsumerRebalanceListener, TopicPartition

Partitions = set[TopicPartition]


class Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]  # untyped in aiokafka
    """Every change revokes all partitions and assigns anew: aiokafka knows the eager protocol only."""

    def __init__(
        self, assigned: Callable[[Partitions], None], revoked: Callable[[], Awaitable[None]]
    ) -> None:
        self._assigned = assigned
        self._revoked = revoked

    def on_partitions_assigned(self, assigned: Partitions) -> None:
        """Before the first record of the new assignment is read."""
        self._assigned(assigned)

    async def on_partitions_revoked(self, revoked: Partitions) -> None:
        """After the last record of the old one, while this member may still commit."""
        if revoked:
            await self._revoked()
