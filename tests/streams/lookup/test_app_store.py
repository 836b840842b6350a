"""Asking the App Store, on a server that signs its answers: one life told and asked for, and what fails."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from aiohttp import ClientSession
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.demo import app_store as demo
from deploy.demo.app_store_api import AppStoreApi, serve_app_store
from deploy.demo.happening import APP_STORE as DEMO_STORE
from deploy.demo.happening import Happening, Subscription
from deploy.demo.signers.google_account import new_key
from deploy.demo.story import Story
from deploy.demo.tales import (
    Tale,
    buys_for_ever,
    fails_and_is_lost,
    fails_and_pays,
    leaves,
    stays_by_the_week,
    tries_and_stays,
    wants_it_back,
    wants_less,
    wants_more,
)
from streams.contracts.change import ChangeKind
from streams.contracts.errors import (
    ConfigError,
    CredentialsRefusedError,
    RejectedError,
    TransientError,
)
from streams.contracts.ids import NotificationId
from streams.contracts.project import Project
from streams.contracts.purchase import InboxRecord, Observation, Pointer
from streams.contracts.words import Environment, Origin, Signal
from streams.lookup.app_store import AppStoreLookup, lookup, retry_in
from streams.observe import clock
from streams.settings.project_file import ApiSettings
from streams.settings.secret import Secret
from streams.stores import STORES
from tests.streams.lookup.test_pointers import POINTER
from tests.streams.stores.signing import APP, APP_STORE, APPLE, BUNDLE_ID, KEYRING, apple_raw
from tests.streams.track.histories.inbox import Inbox, posts

KEY = generate_private_key(SECP256R1())
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
GOOGLES = new_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
NOW = datetime(2026, 10, 30, 12, tzinfo=UTC)
PROJECT = Project(name="test", sha256="0" * 64, apps=(APP,))
# What the API does not keep: what came and went, or a plan that was carried out, before it was asked.
FLEETING = {
    *(ChangeKind.RENEWAL_OFF, ChangeKind.RENEWAL_ON, ChangeKind.BILLING_FAILED),
    *(ChangeKind.BILLING_CANCELLED, ChangeKind.PRODUCT_CHANGED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    api: AppStoreApi
    store: AppStoreLookup


@asynccontextmanager
async def asking() -> AsyncIterator[Scene]:
    api = AppStoreApi(signer=APPLE, caller=KEY.public_key(), bundle_id=BUNDLE_ID)
    async with serve_app_store(api, "127.0.0.1", 0) as url, ClientSession() as session:
        options = {
            "key_id": "ABC",
            "issuer_id": "57246542-96fe",
            "private_key": Secret(PEM),
            "url": url,
            "sandbox_url": f"{url}/sandbox",
        }
        settings = ApiSettings(path="project.toml: apps[0].stores[0].api", options=options)
        yield Scene(api=api, store=lookup(APP, settings, session))


def pointer(purchase_id: str = "1000") -> Pointer:
    return replace(
        POINTER,
        store=APP_STORE,
        purchase_id=purchase_id,
        environments=tuple(Environment),
        type="due",
        signal=Signal.LOOKED_UP,
        notification_id=NotificationId(f"due/{clock.monotonic()}"),
        origin=Origin.REFRESH,
    )


def life(tale: Tale, seed: int = 1) -> list[Happening]:
    subscription = Subscription(id="1000", store=DEMO_STORE, customer="ann", currency="USD")
    story = Story(Random(seed), subscription, NOW - timedelta(days=80), NOW)
    tale(story)
    return story.beats


def told(beats: list[Happening]) -> list[InboxRecord]:
    """By notifications, through the real adapter."""
    records: list[InboxRecord] = []
    for beat in beats:
        claims = demo.notification(beat, bundle_id=BUNDLE_ID)
        claims["data"]["appAppleId"] = 6448311069
        raw = apple_raw(claims, received_at=beat.at)
        payload = STORES[APP_STORE].verify(raw, KEYRING, APP)
        decoded = STORES[APP_STORE].decode(payload, APP)
        records += [one for one in decoded if not isinstance(one, Pointer)]
    return records


async def asked(beats: list[Happening], ask_at: Callable[[int], bool]) -> list[InboxRecord]:
    """By the API alone: asked after some of the beats, and after the last."""
    records: list[InboxRecord] = []
    async with asking() as scene:
        for number, beat in enumerate(beats):
            scene.api.tell(demo.notification(beat, bundle_id=BUNDLE_ID))
            if ask_at(number) or number == len(beats) - 1:
                records += (await scene.store.look_up(pointer())).records
    return records


def ids(records: list[InboxRecord]) -> dict[str, ChangeKind]:
    first = posts(records)
    changes = Inbox(project=PROJECT).feed([*first, *records]).changes
    return {change.fact: change.kind for change in changes}


@pytest.mark.parametrize(
    "tale",
    [
        buys_for_ever,
        fails_and_is_lost,
        fails_and_pays,
        leaves,
        stays_by_the_week,
        tries_and_stays,
        wants_it_back,
        wants_less,
        wants_more,
    ],
)
async def test_one_life_has_the_same_event_ids_told_and_asked_for(tale: Tale) -> None:
    beats = life(tale)
    by_message = ids(told(beats))
    every_time = ids(await asked(beats, lambda _: True))
    once = ids(await asked(beats, lambda _: False))

    assert every_time == by_message
    assert set(once) <= set(by_message)
    assert {by_message[fact] for fact in set(by_message) - set(once)} <= FLEETING


@pytest.mark.parametrize(
    "tale", [fails_and_is_lost, fails_and_pays, leaves, tries_and_stays, wants_it_back, wants_more]
)
async def test_the_present_asked_for_amid_a_past_that_comes_at_once_gives_the_same_ids(
    tale: Tale,
) -> None:
    beats = life(tale)
    messages = told(beats)
    answer = await asked(beats, lambda _: False)

    assert answer
    for place in {0, 1, len(messages) // 2, len(messages) - 1}:
        assert ids([*messages[:place], *answer, *messages[place:]]) == ids(messages)


async def test_any_transaction_leads_to_its_purchase() -> None:
    beats = life(stays_by_the_week)
    async with asking() as scene:
        for beat in beats:
            scene.api.tell(demo.notification(beat, bundle_id=BUNDLE_ID))
        (seen,) = (await scene.store.look_up(pointer(demo.transaction_id(beats[-1])))).records

    assert isinstance(seen, Observation)
    assert seen.purchase_key.endswith("/1000")
    assert len(seen.snapshot.transactions) == len(beats)


async def test_what_another_purchase_of_the_customer_is_stays_out() -> None:
    async with asking() as scene:
        for beat in life(stays_by_the_week):
            scene.api.tell(demo.notification(beat, bundle_id=BUNDLE_ID))
            other = replace(beat, subscription=replace(beat.subscription, id="900000"))
            claims = demo.notification(other, bundle_id=BUNDLE_ID)
            claims["data"]["signedTransactionInfo"]["appTransactionId"] = "701000"
            scene.api.tell(claims)
        (seen,) = (await scene.store.look_up(pointer())).records

    assert isinstance(seen, Observation)
    assert {t.original_transaction_id for t in seen.snapshot.transactions} == {"1000"}


async def test_what_fails_is_an_error_by_what_to_do_next() -> None:
    async with asking() as scene:
        with pytest.raises(RejectedError) as unknown:
            await scene.store.look_up(pointer())
        scene.api.faults.status = 500
        with pytest.raises(TransientError):
            await scene.store.look_up(pointer())
        scene.api.faults.status = 401
        with pytest.raises(CredentialsRefusedError):
            await scene.store.look_up(pointer())

    assert unknown.value.reason == "unknown_purchase"


async def test_another_apps_genuine_answer_is_refused() -> None:
    async with asking() as scene:
        scene.api.tell(demo.notification(life(leaves)[0], bundle_id="com.example.another"))
        with pytest.raises(RejectedError):
            await scene.store.look_up(pointer())


def test_apple_says_when_to_come_back_in_unix_milliseconds() -> None:
    soon = clock.now() + timedelta(seconds=30)
    wait = retry_in(str(int(soon.timestamp() * 1000)))

    assert wait is not None
    assert timedelta(seconds=28) < wait <= timedelta(seconds=30)
    assert retry_in("soon") is None


@pytest.mark.parametrize(
    ("pem", "told"),
    [("x", "private_key: no private key in PEM"), (GOOGLES, "private_key: .* than P-256")],
    ids=["no key", "a key of Google's kind"],
)
def test_a_key_that_can_not_sign_for_apple_is_named(pem: str, told: str) -> None:
    options = {"key_id": "a", "issuer_id": "b", "private_key": Secret(pem)}
    with pytest.raises(ConfigError, match=told):
        lookup(APP, ApiSettings(path="p", options=options), None)  # type: ignore[arg-type]
