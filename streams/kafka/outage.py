"""A pause between two failed looks at the cluster, which aiokafka lacks.

Its idempotent producer asks for metadata again at once when a partition's leader is not known: with
no broker there, that is 2,600 connects and as many log lines a second, on a whole core.
"""

import asyncio
from typing import Any

from aiokafka.client import AIOKafkaClient

_PAUSE = 0.1  # seconds


def pause_failed_updates(client: AIOKafkaClient, pause: float = _PAUSE) -> None:
    """Every failed update of this client takes at least `pause` seconds more."""
    update = client._metadata_update  # noqa: SLF001 - no setting does it

    async def patient(*arguments: Any) -> bool:  # noqa: ANN401 - passed through
        updated: bool = await update(*arguments)
        if not updated:
            await asyncio.sleep(pause)
        return updated

    client._metadata_update = patient  # noqa: SLF001
