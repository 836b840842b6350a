"""Committed offsets, asked so that "not now" is never taken for "none".

While a coordinator loads its groups or hands them over, Kafka answers OffsetFetch (v2 and later)
with one error for the whole request and no partitions. aiokafka 0.14 looks at the partitions only,
and so takes a group that has committed for a new one: it would read from the start, and commit
that. Importing this module puts that right in every consumer of the process.
"""

import asyncio
from typing import Any

from aiokafka import TopicPartition
from aiokafka import errors as foreign
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer import consumer as its_users
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.protocol.commit import OffsetFetchRequest

_PATIENCE = 10.0
_LOOK_AGAIN = 0.1
_NONE = -1


class CheckedCoordinator(GroupCoordinator):  # type: ignore[misc]  # untyped in aiokafka
    """aiokafka's own, which retries an error that it is told of."""

    async def _send_req(self, request: object) -> Any:  # noqa: ANN401 - any answer of the protocol
        answer = await super()._send_req(request)
        if isinstance(request, OffsetFetchRequest):
            error = refusal(answer)
            if isinstance(error, foreign.NotCoordinatorForGroupError):
                self.coordinator_dead()
            if error is not None:
                raise error
        return answer


its_users.GroupCoordinator = CheckedCoordinator  # where AIOKafkaConsumer.start looks it up


def refusal(answer: Any) -> foreign.KafkaError | None:  # noqa: ANN401 - OffsetFetchResponse of any version
    """The error of the whole request, if there is one."""
    code = getattr(answer, "error_code", 0)
    return foreign.for_code(code)() if code else None


async def committed_offsets(client: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    """All that the group has committed, whether it runs or not."""
    async with asyncio.timeout(_PATIENCE):
        answer = await _answered(client, group)
    return {
        TopicPartition(topic, partition): offset
        for topic, partitions in answer.topics
        for partition, offset, _metadata, _code in partitions
        if offset != _NONE
    }


async def _answered(client: AIOKafkaAdminClient, group: str) -> Any:  # noqa: ANN401 - see refusal
    while True:
        try:
            return await _asked(client, group)
        except foreign.KafkaError as error:
            if not error.retriable:
                raise
        await asyncio.sleep(_LOOK_AGAIN)


async def _asked(client: AIOKafkaAdminClient, group: str) -> Any:  # noqa: ANN401 - see refusal
    coordinator = await client.find_coordinator(group)
    request = OffsetFetchRequest(group, None)
    answer = await client._send_request(request, coordinator)  # noqa: SLF001 - its own method drops the error
    error = refusal(answer)
    if error is not None:
        raise error
    return answer
