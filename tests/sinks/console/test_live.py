"""News over one connection: a word each, at most so often, and the end when the service ends."""

import asyncio
from pathlib import Path

from aiohttp import ClientResponse

from sinks.charts.engine import Engine
from sinks.console.live import learning
from streams.contracts.step import Record
from streams.contracts.topics import LAST_RECEIVED
from tests.sinks.charts.test_last_received import NOTHING, word
from tests.sinks.console.site import Site, site


async def listening(console: Site) -> ClientResponse:
    response = await console.client.get("/live")
    assert response.content_type == "text/event-stream"
    assert await response.content.readuntil(b"\n\n") == b"retry: 2000\n\n"
    return response


async def heard(response: ClientResponse) -> str:
    async with asyncio.timeout(5):
        return (await response.content.readuntil(b"\n\n")).decode()


async def test_a_label_that_moves_is_news_now_and_again_when_clickhouse_has_it(
    console: Site,
) -> None:
    response = await listening(console)
    learning(console.parts.labels, console.parts.live)(word("tide/app_store", NOTHING))
    now = [await heard(response) for _ in range(2)]
    again = [await heard(response) for _ in range(2)]
    names = ["event: news\ndata: notifications\n\n", "event: news\ndata: stores\n\n"]
    assert now == again == names


async def test_what_is_heard_while_that_is_waited_for_is_waited_for_too(console: Site) -> None:
    response, live = await listening(console), console.parts.live
    for _ in range(2):
        live.tell_settled("stores")
        assert "stores" in await heard(response)
        await asyncio.sleep(0.1)
    for _ in range(2):  # when the first has settled, and when the second has
        assert "stores" in await heard(response)


async def test_many_news_in_a_moment_are_told_once(console: Site) -> None:
    response = await listening(console)
    for _ in range(1000):
        console.parts.live.tell("stores")
    assert "stores" in await heard(response)
    console.parts.live.tell("destinations")
    assert "destinations" in await heard(response)


async def test_a_label_that_nobody_can_read_is_no_reason_to_stop(console: Site) -> None:
    response = await listening(console)
    broken = Record(
        topic=LAST_RECEIVED, partition=0, offset=0, key=b"tide/app_store", value=b"{broken"
    )
    learning(console.parts.labels, console.parts.live)(broken)
    assert "news" in await heard(response)
    assert "No notifications received" in await console.get("/")


async def test_the_connection_ends_with_the_service(clickhouse: Engine, tmp_path: Path) -> None:
    async with site(clickhouse, tmp_path) as served:
        response = await listening(served)
        served.parts.live.end()
        async with asyncio.timeout(5):
            assert await response.content.read() == b""
