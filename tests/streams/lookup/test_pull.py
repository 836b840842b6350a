"""Pulling from Pub/Sub into a real Kafka: acknowledged after it is there, and verified like a push."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from uuid import uuid4

import orjson
import pytest

from deploy.demo.google_play import GooglePlay, routes
from deploy.demo.payloads import play_store
from deploy.demo.pubsub import PubSub, add_pubsub
from deploy.demo.serving import listening
from streams.contracts import topics as names
from streams.contracts.errors import ConfigError, SignatureError
from streams.contracts.ids import AppId
from streams.contracts.project import App, Keyring, Project
from streams.contracts.purchase import Pointer
from streams.contracts.raw import RawNotification, read_raw
from streams.kafka.follower import Follower
from streams.lookup.pull import Pull
from streams.settings.kafka import KafkaSettings
from streams.stores import STORES
from tests.streams.kafka.conftest import until
from tests.streams.lookup.google import KEY, settings
from tests.streams.stores.signing import (
    APP,
    BUNDLE_ID,
    KEYRING,
    NOW,
    PLAY_STORE,
    SUBSCRIPTION,
    google_raw,
    with_options,
)

PULLS = with_options(PLAY_STORE, audience=None, service_account=None, pull=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    kafka: KafkaSettings
    app: App
    pubsub: PubSub
    role: Pull

    async def raws(self) -> list[RawNotification]:
        """Of this app."""
        found: list[RawNotification] = []
        follower = Follower(self.kafka, names.RAW, lambda record: found.append(read_raw(record)))
        await follower.start()
        await follower.stop()
        return [raw for raw in found if raw.app_id == self.app.app_id]


def message(number: int) -> dict[str, object]:
    told = play_store.developer_notification(
        BUNDLE_ID, NOW, play_store.subscription(2, f"token-{number}")
    )
    body = play_store.push_body(
        told, message_id=str(1000 + number), subscription=SUBSCRIPTION, published_at=NOW
    )
    pushed: dict[str, object] = orjson.loads(body)["message"]
    return pushed


@pytest.fixture
async def scene(kafka: KafkaSettings, topics: tuple[str, ...]) -> AsyncIterator[Scene]:
    google = GooglePlay(package=BUNDLE_ID, account=KEY.public_key())
    pubsub = PubSub(google=google, subscription=SUBSCRIPTION)
    served = routes(google)
    add_pubsub(served, pubsub)
    app = replace(PULLS, app_id=AppId(f"app-{uuid4().hex[:12]}"))
    async with listening(served) as url:
        project = Project(name="Test", sha256="0", apps=(app,))
        role = Pull(kafka=kafka, project=project, apis={(app.app_id, PLAY_STORE): settings(url)})
        yield Scene(kafka=kafka, app=app, pubsub=pubsub, role=role)


@asynccontextmanager
async def running(role: Pull) -> AsyncIterator[None]:
    task = asyncio.create_task(role.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_is_pulled_is_in_kafka_then_acknowledged_and_verified_like_a_push(
    scene: Scene,
) -> None:
    for number in range(150):
        scene.pubsub.publish(message(number))
    async with running(scene.role):
        await until(lambda: not scene.pubsub.waiting, 20)
        assert scene.role.health.ready() is None

    raws = await scene.raws()
    assert {raw.receipt_id for raw in raws} == {
        f"pull/{scene.app.app_id}/{1000 + n}" for n in range(150)
    }
    payload = STORES[PLAY_STORE].verify(raws[0], Keyring(), scene.app)
    (pointer,) = STORES[PLAY_STORE].decode(payload, scene.app)
    assert isinstance(pointer, Pointer)
    assert pointer.purchase_id in {f"token-{n}" for n in range(150)}


async def test_what_was_not_acknowledged_comes_again(scene: Scene) -> None:
    scene.pubsub.faults.forbidden = ":acknowledge"
    scene.pubsub.publish(message(1))
    async with running(scene.role):
        await until(lambda: scene.pubsub.given >= 2, 20)
        assert scene.pubsub.waiting
        scene.pubsub.faults.forbidden = ""
        await until(lambda: not scene.pubsub.waiting, 20)

    assert len({raw.receipt_id for raw in await scene.raws()}) == 1


async def test_an_outage_of_pubsub_is_waited_for(scene: Scene) -> None:
    scene.pubsub.faults.status = 503
    scene.pubsub.publish(message(1))
    async with running(scene.role):
        await asyncio.sleep(0.5)
        assert scene.role.health.ready() is not None
        scene.pubsub.faults.status = None
        await until(lambda: not scene.pubsub.waiting, 20)


async def test_without_an_app_that_pulls_or_its_credentials_it_says_so(
    kafka: KafkaSettings,
) -> None:
    nobody = Project(name="Test", sha256="0", apps=(APP,))
    with pytest.raises(ConfigError, match="pull = true"):
        await Pull(kafka=kafka, project=nobody, apis={}).run()
    with pytest.raises(ConfigError, match="service_account_key"):
        await Pull(kafka=kafka, project=replace(nobody, apps=(PULLS,)), apis={}).run()


def test_a_push_is_not_believed_because_it_says_that_it_was_pulled() -> None:
    told = play_store.developer_notification(BUNDLE_ID, NOW, play_store.subscription(2, "token"))
    pushed = google_raw(told)

    with pytest.raises(SignatureError):
        STORES[PLAY_STORE].verify(pushed, KEYRING, PULLS)
    with pytest.raises(SignatureError):
        STORES[PLAY_STORE].verify(
            replace(pushed, request_headers=(("pulled", "true"),)), KEYRING, APP
        )
