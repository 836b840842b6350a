"""Google's messages by Pub/Sub through all processes: acknowledged when they are in Kafka, and not before.

`python -m streams pull` is killed with a message in Kafka that it has not acknowledged, and with one
that Kafka has not acknowledged: both come again, and each is told once.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import urlsplit

import orjson
import pytest

from deploy.demo import google_life
from deploy.demo.catalog import PLAY_PLUS
from deploy.demo.google_play import GooglePlay, routes
from deploy.demo.happening import PLAY_STORE, SANDBOX, Happening, Subscription
from deploy.demo.payloads import play_store
from deploy.demo.play_store import PACKAGE_NAME
from deploy.demo.pubsub import PubSub, add_pubsub
from deploy.demo.service import Service
from deploy.demo.serving import listening
from deploy.demo.story import Story
from deploy.local.programs import BROKER
from deploy.local.site import ROOT
from tests.e2e.stack import PULLED_ACCOUNT, PULLED_SUBSCRIPTION, Running
from tests.e2e.told import events_of, label_of, until_idle, until_told

pytestmark = pytest.mark.timeout(300)

_APP = "pulled"
_BOUGHT = Counter({"INITIAL_PURCHASE": 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    running: Running
    service: Service
    pubsub: PubSub

    def sell(self, token: str) -> None:
        """Somebody bought it just now: the API knows, and Google publishes."""
        bought = _bought(token)
        for put in google_life.puts(bought):
            self.pubsub.google.put(*put)
        (member,) = google_life.messages(bought)
        told = play_store.developer_notification(PACKAGE_NAME, bought.at, member)
        body = play_store.push_body(
            told, message_id=token, subscription=PULLED_SUBSCRIPTION, published_at=bought.at
        )
        self.pubsub.publish(orjson.loads(body)["message"])

    @asynccontextmanager
    async def pulling(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """The role, which ends with the block if it was not killed in it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "streams", "pull"),
            cwd=ROOT,
            env=self.running.site.environment(),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    @contextmanager
    def frozen_broker(self) -> Iterator[None]:
        pid = self.running.stack.supervisor.children()[BROKER].pid
        os.kill(pid, signal.SIGSTOP)
        try:
            while not _is_stopped(
                pid
            ):  # on a busy machine some of its threads may go on for a while
                time.sleep(0.01)
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


def _is_stopped(pid: int) -> bool:
    said = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, check=True)
    return said.stdout.strip().startswith(b"T")


def _bought(token: str) -> Happening:
    now = datetime.now(UTC).replace(microsecond=0)
    subscription = Subscription(
        id=token, store=PLAY_STORE, customer=token, currency="USD", environment=SANDBOX
    )
    story = Story(Random(1), subscription, now, now + timedelta(days=1))
    story.start(PLAY_PLUS)
    return story.beats[0]


@pytest.fixture(scope="module")
def google() -> GooglePlay:
    """One for all tests: role lookup keeps the access token that it was given."""
    return GooglePlay(package=PACKAGE_NAME, account=PULLED_ACCOUNT.public_key())


@pytest.fixture
async def scene(running: Running, service: Service, google: GooglePlay) -> AsyncIterator[Scene]:
    pubsub = PubSub(google=google, subscription=PULLED_SUBSCRIPTION)
    served = routes(google)
    add_pubsub(served, pubsub)
    async with listening(served, port=urlsplit(running.pulled).port or 0):
        yield Scene(running=running, service=service, pubsub=pubsub)


async def _until(reached: Callable[[], bool], what: str) -> None:
    for _ in range(600):
        if reached():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within 30 s: {what}")


async def test_what_is_pulled_moves_the_label_and_comes_again_while_it_is_not_acknowledged(
    scene: Scene,
) -> None:
    waiting, began = scene.pubsub.waiting, datetime.now(UTC)
    scene.sell("pulled.1")
    async with scene.pulling() as process:
        await until_told(scene.service, _BOUGHT, "pulled.1")
        await _until(lambda: not waiting, "acknowledged")
        label = await label_of(scene.service, _APP, PLAY_STORE)
        assert label is not None
        assert label >= began

        scene.pubsub.faults.forbidden = ":acknowledge"
        scene.sell("pulled.2")
        await until_told(scene.service, _BOUGHT, "pulled.2")
        assert set(waiting) == {"pulled.2"}  # in Kafka, and told; Pub/Sub does not know
        process.kill()
    scene.pubsub.faults.forbidden = ""
    async with scene.pulling():
        await _until(lambda: not waiting, "acknowledged after it was redelivered")
    await _each_was_told_once(scene, "pulled.1", "pulled.2")
    moved = await label_of(scene.service, _APP, PLAY_STORE)
    assert moved is not None
    assert moved > label


async def test_what_kafka_has_not_acknowledged_is_not_acknowledged_to_pubsub(scene: Scene) -> None:
    waiting = scene.pubsub.waiting
    async with scene.pulling() as process:
        scene.sell("pulled.3")
        await until_told(scene.service, _BOUGHT, "pulled.3")  # it pulls by now
        await _until(lambda: not waiting, "acknowledged")
        with scene.frozen_broker():
            given = scene.pubsub.given
            scene.sell("pulled.4")
            await _until(lambda: scene.pubsub.given > given, "pulled")
            await asyncio.sleep(1)
            assert set(waiting) == {"pulled.4"}
            process.kill()
            await process.wait()
    async with scene.pulling():
        await until_told(scene.service, _BOUGHT, "pulled.4")
        await _until(lambda: not waiting, "acknowledged in the end")
    await _each_was_told_once(scene, "pulled.3", "pulled.4")


async def _each_was_told_once(scene: Scene, *tokens: str) -> None:
    await until_idle(scene.running.site)
    for token in tokens:
        rows = await events_of(scene.service, token)
        told = [(row["type"], row["origin"]) for row in rows]
        assert told == [("INITIAL_PURCHASE", "notification")], token
