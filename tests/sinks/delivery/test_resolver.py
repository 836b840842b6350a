"""The resolver alone: what it asks, shares and refuses."""

import asyncio
import socket
import threading
from collections.abc import Sequence

import pytest

from sinks.delivery.egress import EgressRefusedError
from sinks.delivery.resolver import (
    AddressInfo,
    DeliveryResolver,
    guarded_socket,
    system_look_up,
)
from tests.sinks.delivery.sending import Names


def info(address: str) -> AddressInfo:
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))


async def test_a_public_name_gives_its_addresses() -> None:
    resolver = DeliveryResolver(guarded=True, look_up=Names(["93.184.216.34", "2606:4700::1"]))

    found = await resolver.resolve("fine.example", 443)
    resolver.close()

    assert [one[4][:2] for one in found] == [
        ("93.184.216.34", 443),
        ("2606:4700::1", 443),
    ]


async def test_lookups_of_one_name_at_one_time_are_one() -> None:
    answer, asked = threading.Event(), []

    def slow(host: str, port: int) -> Sequence[AddressInfo]:
        asked.append(host)
        answer.wait(5)
        return [info("93.184.216.34")]

    resolver = DeliveryResolver(guarded=True, look_up=slow)
    waiting = [asyncio.create_task(resolver.resolve("one.example", 443)) for _ in range(20)]
    await asyncio.sleep(0.02)
    answer.set()
    found = [await one for one in waiting]
    resolver.close()

    assert len(asked) == 1
    assert len(found) == 20


async def test_a_lookup_is_not_kept_for_later() -> None:
    names = Names(["93.184.216.34"], ["127.0.0.1"])
    resolver = DeliveryResolver(guarded=True, look_up=names)

    await resolver.resolve("rebinding.example", 443)
    with pytest.raises(EgressRefusedError):
        await resolver.resolve("rebinding.example", 443)
    resolver.close()


async def test_without_the_guard_every_address_passes() -> None:
    resolver = DeliveryResolver(guarded=False, look_up=Names(["127.0.0.1"]))

    (found,) = await resolver.resolve("dev.example", 80)
    resolver.close()

    assert found[4] == ("127.0.0.1", 80)


def test_the_systems_resolver_turns_odd_numbers_into_addresses_that_the_guard_refuses() -> None:
    for odd in ("127.1", "2130706433", "0x7f.1"):
        for found in system_look_up(odd, 443):
            with pytest.raises(EgressRefusedError):
                guarded_socket(found)


def test_a_socket_is_made_for_a_public_address_only() -> None:
    guarded_socket(info("93.184.216.34")).close()
    with pytest.raises(EgressRefusedError, match="not public"):
        guarded_socket(info("10.0.0.1"))
