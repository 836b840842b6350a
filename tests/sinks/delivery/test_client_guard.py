"""The guard at connect time, against real sockets: no name and no number reaches what is not public."""

import pytest

from sinks.delivery.client import Client
from tests.receiver import Receiver
from tests.sinks.delivery.sending import Names, send
from tests.sinks.delivery.test_egress import REFUSED


@pytest.mark.parametrize(
    "address", [a for a in REFUSED.values() if a and a[0] in "0123456789:f" and "%" not in a]
)
async def test_a_name_at_a_non_public_address_is_never_connected_to(address: str) -> None:
    async with Client(look_up=Names([address])) as client:
        answer = await send(client, "https://innocent.example/", private=False)

    assert answer.reason == "egress_refused"
    assert answer.timing.connect_ms is None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "[64:ff9b::7f00:1]", "0.0.0.0"],
)
async def test_a_literal_address_is_refused_at_connect_time_too(
    receiver: Receiver, host: str
) -> None:
    async with Client() as client:
        answer = await send(client, f"http://{host}:{receiver.port}/", private=False)

    assert answer.reason == "egress_refused"
    assert receiver.posts == []


@pytest.mark.parametrize("number", ["2130706433", "127.1", "0x7f.1", "0177.0.0.1"])
async def test_an_address_written_as_a_number_reaches_nothing(
    receiver: Receiver, number: str
) -> None:
    async with Client() as client:
        answer = await send(client, f"http://{number}:{receiver.port}/", private=False)

    assert answer.response is None
    assert receiver.posts == []


@pytest.mark.parametrize("rebound", ["127.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254"])
async def test_a_name_that_changes_its_mind_is_checked_each_time(
    receiver: Receiver, rebound: str
) -> None:
    names = Names(["192.0.2.1"], ["93.184.216.34", rebound], [rebound])

    async with Client(look_up=names) as client:
        answers = [
            await send(client, f"http://rebinding.example:{receiver.port}/", private=False)
            for _ in range(3)
        ]

    assert names.asked == 3
    assert [answer.reason for answer in answers] == ["egress_refused"] * 3
    assert receiver.posts == []


async def test_a_connection_of_a_private_destination_is_not_lent_to_a_guarded_one(
    receiver: Receiver,
) -> None:
    async with Client(look_up=Names(["127.0.0.1"])) as client:
        url = f"http://shared.example:{receiver.port}/"
        allowed = await send(client, url, private=True)
        refused = await send(client, url, private=False)

    assert allowed.response is not None
    assert refused.reason == "egress_refused"
    assert len(receiver.posts) == 1
