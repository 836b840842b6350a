"""Takes Google's place on loopback: its published keys, and its API for Android publishers.

What happens to a purchase is `put` here by who plays the business, and kept in a file, so that a
restart answers the same.

Run: python -m deploy.demo.google FOLDER HOST PORT
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from aiohttp import web

from deploy.demo.google_play import GooglePlay, routes
from deploy.demo.play_store import PACKAGE_NAME
from deploy.demo.serving import until_stopped
from deploy.demo.signers.google import OidcIssuer, add_keys
from deploy.demo.signers.google_account import kept_account

PUT = "/demo/answers"
_FILE = "google-play.jsonl"


class Google:
    """`folder`: where its keys and answers lie."""

    def __init__(self, folder: Path, url: str) -> None:
        self._file = folder / _FILE
        self.issuer = OidcIssuer.kept(folder, url)
        account = kept_account(folder, f"{url}/token")
        self.play = GooglePlay(package=PACKAGE_NAME, account=account)
        if self._file.exists():
            for line in self._file.read_bytes().splitlines():
                self.play.put(*orjson.loads(line))

    async def put(self, request: web.Request) -> web.Response:
        """[[kind, name, answer], ...]: answered from now on."""
        puts = orjson.loads(await request.read())
        with self._file.open("ab") as kept:
            kept.writelines(orjson.dumps(put) + b"\n" for put in puts)
        for put in puts:
            self.play.put(*put)
        return web.json_response({"put": len(puts)})


@asynccontextmanager
async def serving(folder: Path, host: str, port: int) -> AsyncIterator[None]:
    google = Google(folder, f"http://{host}:{port}")
    application = routes(google.play)
    add_keys(application, google.issuer)
    application.router.add_put(PUT, google.put)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


async def serve(folder: Path, host: str, port: int) -> None:
    async with serving(folder, host, port):
        await until_stopped()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
