"""The demo as the charts API's analyst: with the key that the operator has set, told to nobody else."""

from aiohttp import web

from deploy.demo.service import Addresses, Service
from deploy.demo.serving import listening
from streams.settings.secret import Secret

KEY = Secret("a-key-of-an-analyst")


async def test_the_charts_api_is_asked_with_its_key_and_nobody_else_hears_of_it() -> None:
    heard: dict[str, str] = {}

    async def answer(request: web.Request) -> web.Response:
        heard[request.path] = request.headers.get("Authorization", "")
        return web.json_response({"columns": [{"name": "one"}], "rows": [[1]]})

    application = web.Application()
    application.router.add_route("*", "/{any:.*}", answer)
    async with listening(application) as charts, listening(application) as other:
        addresses = Addresses(
            notifications=other, api=other, charts=charts, receiver=f"{other}/hooks", stores=other
        )
        async with Service(addresses, {}, "backend-key", KEY) as service:
            assert await service.query("SELECT 1 AS one") == [{"one": 1}]
            await service.received()

    assert heard == {"/v1/query": "Bearer a-key-of-an-analyst", "/hooks": ""}
