"""Google Play's API for tests: a server on loopback, an account that may ask, an app that asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from aiohttp import ClientSession

from deploy.demo.google_play import GooglePlay, serve_google_play
from deploy.demo.payloads import play_store_answers as answers
from deploy.demo.signers.google_account import key_file, new_key
from streams.contracts.ids import NotificationId
from streams.contracts.purchase import Pointer
from streams.contracts.words import Environment, Origin, Signal
from streams.lookup.play_store import PlayStoreLookup, lookup
from streams.settings.project_file import ApiSettings
from streams.settings.secret import Secret
from tests.streams.lookup.test_pointers import POINTER
from tests.streams.stores.signing import APP, BUNDLE_ID

KEY = new_key()
START = datetime(2026, 10, 1, 9, tzinfo=UTC)
MONTH = timedelta(days=30)
BASE = "GPA.3300-1111-2222-33333"
BOTH = (Environment.PRODUCTION, Environment.SANDBOX)
PRICE = answers.money(4_990_000, "EUR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    play: GooglePlay
    store: PlayStoreLookup
    settings: ApiSettings


def settings(url: str, **more: object) -> ApiSettings:
    """As [apps.stores.api] of the app is read."""
    key = Secret(key_file(KEY, f"{url}/token"))
    options = {"service_account_key": key, "url": url, **more}
    return ApiSettings(path="project.toml: apps[0].stores[1].api", options=options)


@asynccontextmanager
async def asking(**more: object) -> AsyncIterator[Scene]:
    play = GooglePlay(package=BUNDLE_ID, account=KEY.public_key())
    async with serve_google_play(play, "127.0.0.1", 0) as url, ClientSession() as session:
        read = settings(url, **more)
        yield Scene(play=play, store=lookup(APP, read, session), settings=read)


def sell(play: GooglePlay, token: str = "token-1", renewals: int = 0, **more: object) -> None:
    """A subscription that has renewed so often, with its orders."""
    newest = BASE if renewals == 0 else f"{BASE}..{renewals - 1}"
    ends_at = START + (renewals + 1) * MONTH
    item = answers.line_item("pro", ends_at, order_id=newest)
    play.put("subscriptions", token, answers.subscription("ACTIVE", [item], START, **more))
    for number in range(renewals + 1):
        name = BASE if number == 0 else f"{BASE}..{number - 1}"
        began = START + number * MONTH
        sold = answers.order(name, token, "pro", PRICE, began, period=(began, began + MONTH))
        play.put("orders", name, sold)


def pointer(
    type_: str = "SUBSCRIPTION_PURCHASED",
    signal: Signal = Signal.PURCHASED,
    *,
    token: str = "token-1",
    at: datetime = START,
    origin: Origin = Origin.NOTIFICATION,
    hint: dict[str, str] | None = None,
) -> Pointer:
    return replace(
        POINTER,
        purchase_id=token,
        type=type_,
        signal=signal,
        environments=BOTH,
        notification_id=NotificationId(f"{type_}-{at.timestamp():.0f}"),
        occurred_at=at,
        received_at=at,
        origin=origin,
        hint=hint or {},
    )
