"""The demo's own backend: takes webhooks, checks their signature, and tells what came.

Run: python -m deploy.demo.receiver FOLDER HOST PORT
`GET /` tells counts and the last payload, `GET /ids` how often each event id came. The check follows
the Standard Webhooks specification and imports nothing of what it checks.
"""

import asyncio
import base64
import hmac
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import orjson
from aiohttp import web

from deploy.demo.received import Received
from deploy.demo.serving import listening, until_stopped

PATH = "/webhooks"
SECRET_FILE = "webhook-secret"
RECEIVED_FILE = "received.jsonl"
_PREFIX = "whsec_"
_TOLERANCE = 300  # seconds


def is_genuine(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """Whether one of the signatures in the headers is ours, over these bytes, made just now."""
    moment = headers.get("webhook-timestamp", "")
    if not moment.isdigit() or abs(now.timestamp() - int(moment)) > _TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{headers.get('webhook-id', '')}.{moment}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.digest(key, signed, "sha256"))
    given = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(expected, one) for one in given)


def application(received: Received, secret: str) -> web.Application:
    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        if not is_genuine(request.headers, body, secret, datetime.now(UTC)):
            received.refused += 1
            return web.Response(status=401, text="the signature is wrong\n")
        received.keep(orjson.loads(body))
        return web.Response()

    async def tell(_: web.Request) -> web.Response:
        text = orjson.dumps(received.summary(), option=orjson.OPT_INDENT_2)
        return web.Response(body=text, content_type="application/json")

    async def tell_ids(_: web.Request) -> web.Response:
        return web.Response(body=orjson.dumps(received.times), content_type="application/json")

    async def ready(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    served = web.Application()
    served.add_routes([web.post(PATH, take), web.get("/", tell), web.get("/ids", tell_ids)])
    served.add_routes([web.get("/readyz", ready)])
    return served


async def serve(folder: Path, host: str, port: int) -> None:
    received = Received(folder / RECEIVED_FILE)
    secret = (folder / SECRET_FILE).read_text().strip()
    try:
        async with listening(application(received, secret), host, port):
            await until_stopped()
    finally:
        received.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
