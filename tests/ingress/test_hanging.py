"""A broker that hangs takes connections and answers nothing: both doors say so before anybody posts."""

import asyncio

from deploy.local.broker import Broker
from ingress.config import Limits
from tests.hanging import hanging
from tests.ingress.doors import Door

SOON = 2 * Limits().ack_deadline.total_seconds() + 2


async def test_without_any_post_a_door_is_not_ready_while_the_broker_hangs(
    door: Door, api: Door, broker: Broker
) -> None:
    await asyncio.sleep(2)
    assert [await one.ready() for one in (door, api)] == [True, True], (
        "an idle broker is no silent one"
    )
    with hanging(broker):
        async with asyncio.timeout(SOON):
            for one in (door, api):
                while await one.ready():  # noqa: ASYNC110 - as a load balancer does
                    await asyncio.sleep(0.1)
        await asyncio.sleep(1.5)
        assert [await one.ready() for one in (door, api)] == [False, False], (
            "an empty flush is no answer"
        )
        assert await door.ready("/healthz")
    await door.wait_until_ready()
    await api.wait_until_ready()
    assert (await door.post(b"{}"))[0] == 200
