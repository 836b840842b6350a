"""Takes the stores' places on loopback: the APIs of Apple, Google and Stripe, and Google's published keys.

What happens to a purchase is `put` here by who plays the business, and kept in a file, so that a
restart answers the same. PUT /demo/faults/STORE lets an API fail (faults.py).

Run: python -m deploy.demo.stores FOLDER HOST PORT
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import orjson
from aiohttp import web

from deploy.demo import app_store_api, google_play, stripe_api
from deploy.demo.app_store import BUNDLE_ID
from deploy.demo.app_store_api import AppStoreApi
from deploy.demo.faults import Faults
from deploy.demo.google_play import GooglePlay
from deploy.demo.happening import APP_STORE, PLAY_STORE, STRIPE
from deploy.demo.keys import kept_stripe_keys
from deploy.demo.play_store import PACKAGE_NAME
from deploy.demo.put import PATH, Put
from deploy.demo.serving import listening, until_stopped
from deploy.demo.signers.apple import AppleChain, AppleSigner
from deploy.demo.signers.apple_account import kept_caller
from deploy.demo.signers.google import OidcIssuer, add_keys
from deploy.demo.signers.google_account import kept_account
from deploy.demo.stripe_api import StripeApi

FAULTS = "/demo/faults/{store}"
_FILE = "answers.jsonl"
_LARGEST = 16 * 1024 * 1024  # bytes of one PUT


class StoreApis:
    """`folder`: where the stores' keys and what was put lie. `url`: where all three answer."""

    def __init__(self, folder: Path, url: str) -> None:
        self._file = folder / _FILE
        self.issuer = OidcIssuer.kept(folder, url)
        account = kept_account(folder, f"{url}/token")
        self.play = GooglePlay(package=PACKAGE_NAME, account=account)
        chain = AppleChain.kept(folder, datetime.now(UTC))
        caller = kept_caller(folder).public_key()
        self.apple = AppStoreApi(signer=AppleSigner(chain), caller=caller, bundle_id=BUNDLE_ID)
        key, test_key = kept_stripe_keys(folder)
        self.stripe = StripeApi(key=key, test_key=test_key)
        self._tell(_kept(self._file))

    async def put(self, request: web.Request) -> web.Response:
        """[[kind, name, answer], ...]: answered from now on."""
        puts = [Put(*put) for put in orjson.loads(await request.read())]
        with self._file.open("ab") as kept:
            kept.writelines(orjson.dumps(list(put)) + b"\n" for put in puts)
        self._tell(puts)
        return web.json_response({"put": len(puts)})

    def _tell(self, puts: Iterable[Put]) -> None:
        for put in puts:
            match put.kind:
                case kind if kind == APP_STORE:
                    self.apple.tell(put.answer)
                case kind if kind == STRIPE:
                    self.stripe.tell(put.answer)
                case _:
                    self.play.put(*put)

    async def fail(self, request: web.Request) -> web.Response:
        """The members of Faults as JSON; `{}`: none from now on."""
        apis: dict[str, AppStoreApi | GooglePlay | StripeApi] = {
            APP_STORE: self.apple,
            PLAY_STORE: self.play,
            STRIPE: self.stripe,
        }
        api = apis.get(request.match_info["store"])
        if api is None:
            return web.Response(status=404, text=f"one of {', '.join(apis)}\n")
        try:
            api.faults = _faults(orjson.loads(await request.read()))
        except (ValueError, msgspec.ValidationError) as error:
            return web.Response(status=400, text=f"{error}\n")
        return web.json_response(msgspec.to_builtins(api.faults))

    def application(self) -> web.Application:
        application = web.Application(client_max_size=_LARGEST)
        google_play.add_google_play(application, self.play)
        add_keys(application, self.issuer)
        app_store_api.add_app_store(application, self.apple)
        stripe_api.add_stripe(application, self.stripe)
        application.router.add_put(PATH, self.put)
        application.router.add_put(FAULTS, self.fail)
        return application


def _kept(file: Path) -> list[Put]:
    """What was put before; a line that a kill cut off was never answered, and is put again."""
    if not file.exists():
        return []
    lines = file.read_bytes()
    whole = lines[: lines.rfind(b"\n") + 1]
    if len(whole) < len(lines):
        os.truncate(file, len(whole))
    return [Put(*orjson.loads(line)) for line in whole.splitlines()]


def _faults(given: dict[str, Any]) -> Faults:
    """Raise ValueError or ValidationError for what is no fault."""
    known = [one.name for one in fields(Faults)]
    if not given.keys() <= set(known):
        raise ValueError(f"the faults are {', '.join(known)}")
    return msgspec.convert(given, Faults)


@asynccontextmanager
async def serving(folder: Path, host: str, port: int) -> AsyncIterator[StoreApis]:
    apis = StoreApis(folder, f"http://{host}:{port}")
    async with listening(apis.application(), host, port):
        yield apis


async def serve(folder: Path, host: str, port: int) -> None:
    async with serving(folder, host, port):
        await until_stopped()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
