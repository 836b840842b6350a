"""The least that could be called an ingress: read the body, produce it, answer. No checks of any kind."""

import asyncio
import sys

import uvloop
from aiohttp import web
from aiokafka import AIOKafkaProducer


async def _serve(bootstrap: str, port: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()

    async def receive(request: web.Request) -> web.Response:
        await producer.send_and_wait("notifications.genuine", await request.read())
        return web.Response(text="ok")

    application = web.Application()
    application.router.add_post("/{path:.*}", receive)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
