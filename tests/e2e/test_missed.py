"""Notifications that were never posted: a backfill fetches what the stores kept, and the label stands still.

The stores know what happened and said nothing. `python -m streams backfill` is a process like any
other here: run twice, and killed in the middle.
"""

import asyncio
import re
import signal
import sys
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import orjson
import pytest
from aiohttp import ClientSession

from deploy.demo.app_store import transaction_id
from deploy.demo.catalog import DEARER, MONTHLY, PRO_WEEK
from deploy.demo.expected import expected
from deploy.demo.happening import (
    APP_STORE,
    PLAY_STORE,
    SANDBOX,
    STRIPE,
    Happening,
    Kind,
    Subscription,
)
from deploy.demo.play import Part, tell
from deploy.demo.posts import Stores
from deploy.demo.service import Service
from deploy.demo.story import Story
from deploy.local.site import ROOT
from streams.contracts.codec import decode
from tests.e2e.stack import Running
from tests.e2e.told import events_of, label_of, until_idle, until_told

# While these run, the time of test_refresh's purchase comes.
pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("overdue")]

STORES = (APP_STORE, PLAY_STORE, STRIPE)
_NOW = datetime.now(UTC).replace(microsecond=0)
_APP = "tidepool"


def _story(store: str, id_: str, days: float) -> Story:
    """Of the sandbox: in no chart that another test compares."""
    subscription = Subscription(
        id=id_, store=store, customer=f"missed-{store}", currency="USD", environment=SANDBOX
    )
    return Story(Random(1), subscription, _NOW - timedelta(days=days), _NOW)


def _refunded(store: str) -> list[Happening]:
    """Bought three days ago and given back since, for which alone Google keeps a record."""
    ids = {
        APP_STORE: "2000000000777000",
        PLAY_STORE: "tidepool.AO-J1O.missed",
        STRIPE: "sub_1Missed",
    }
    story = _story(store, ids[store], days=3)
    story.start(MONTHLY[store])
    story.wait(1)
    story.refund()
    return [replace(beat, times=1) for beat in story.beats]


def _wanted(life: list[Happening]) -> Counter[str]:
    wanted: Counter[str] = Counter()
    for (_, type_), times in expected(life).items():
        wanted[type_] += times
    return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`python -m streams backfill`; `data`: where it remembers what is done."""

    running: Running
    store: str
    days: int
    data: Path

    @property
    def done(self) -> set[str]:
        file = self.data / f"backfill-{_APP}-{self.store}.json"
        return decode(file.read_bytes(), set[str]) if file.exists() else set()

    async def start(self) -> asyncio.subprocess.Process:
        first = f"{_NOW - timedelta(days=self.days):%Y-%m-%d}"
        given = ("--app", _APP, "--store", self.store, "--from", first)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "streams", "backfill", *given),
            cwd=ROOT,
            env=self.running.site.environment() | {"SN_DATA_DIR": str(self.data)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self) -> int:
        """How many it says that it fetched."""
        process = await self.start()
        said, errors = await process.communicate()
        assert process.returncode == 0, (said + errors).decode()
        found = re.search(rf"^(\d+) notifications of {self.store} fetched", said.decode())
        assert found is not None, said
        return int(found[1])


async def _track_and_post(life: list[Happening], running: Running, service: Service) -> None:
    await service.know(life)
    await service.track(life[:1])
    await tell(Part(happenings=life), Stores(running.keys), service, lambda _: None)
    await until_told(service, _wanted(life), life[0].subscription.id)


async def test_what_was_never_posted_is_fetched_told_once_and_moves_no_label(
    running: Running, service: Service, tmp_path: Path
) -> None:
    lives = {store: _refunded(store) for store in STORES}
    ids = {store: life[0].subscription.id for store, life in lives.items()}
    await asyncio.gather(*(_track_and_post(life[:1], running, service) for life in lives.values()))
    await until_idle(running.site)
    labels = {store: await label_of(service, _APP, store) for store in STORES}
    assert None not in labels.values()
    known = {row["id"] for row in await events_of(service, *ids.values())}

    for life in lives.values():
        await service.know(life[1:])
    commands = [Command(running=running, store=one, days=4, data=tmp_path) for one in STORES]
    first = await asyncio.gather(*(command.run() for command in commands))
    for store, life in lives.items():
        rows = await until_told(service, _wanted(life), ids[store])
        assert Counter(row["type"] for row in rows) == _wanted(life), store
        assert {r["origin"] for r in rows if r["id"] not in known} == {"backfill"}, store
    assert min(first) > 0
    told = {row["id"] for row in await events_of(service, *ids.values())}

    fresh = [replace(command, data=tmp_path / "again") for command in commands]
    again = await asyncio.gather(*(command.run() for command in fresh))
    await until_idle(running.site)
    assert again == first
    assert {row["id"] for row in await events_of(service, *ids.values())} == told
    assert {store: await label_of(service, _APP, store) for store in STORES} == labels


async def test_a_killed_backfill_goes_on_where_it_was_and_tells_everything_once(
    running: Running, service: Service, tmp_path: Path
) -> None:
    story = _story(APP_STORE, "2000000000888000", days=22)
    story.start(PRO_WEEK)
    story.renew_on()
    life, id_ = story.beats, story.subscription.id
    await service.know(life)
    await service.track(life[:1])
    command = Command(running=running, store=APP_STORE, days=24, data=tmp_path / "killed")

    await service.fail(APP_STORE, slow=0.1)
    process = await command.start()
    await _until_days_are_done(command, process, 5)
    process.kill()
    await process.communicate()
    done = command.done
    await service.fail(APP_STORE)
    rest = await command.run()
    rows = await until_told(service, _wanted(life), id_)
    whole = await replace(command, data=tmp_path / "whole").run()
    await until_idle(running.site)

    assert process.returncode == -signal.SIGKILL
    assert 5 <= len(done) < 24
    assert done < command.done
    assert 0 < rest < whole
    assert Counter(row["type"] for row in rows) == _wanted(life)
    assert len(await events_of(service, id_)) == len(rows)


async def _until_days_are_done(
    command: Command, process: asyncio.subprocess.Process, days: int
) -> None:
    while len(command.done) < days:
        assert process.returncode is None, await process.communicate()
        await asyncio.sleep(0.02)


def _changed(store: str, id_: str) -> Story:
    """Bought, then changed: at Google under another token, at Apple by another transaction."""
    story = _story(store, id_, days=2)
    story.start(MONTHLY[store])
    story.wait(1)
    story.start(DEARER[store], Kind.CHANGED)
    return story


async def test_a_purchase_that_no_store_told_of_comes_out_when_posted_by_an_id_that_is_no_root(
    running: Running, service: Service
) -> None:
    apple = _changed(APP_STORE, "2000000000999000").beats
    google = _changed(PLAY_STORE, "tidepool.AO-J1O.posted").beats
    stripe = _changed(STRIPE, "sub_1Posted").beats
    await service.know([*apple, *google, *stripe])
    posted = (
        (APP_STORE, {"transaction_id": transaction_id(apple[-1])}),
        (PLAY_STORE, {"purchase_token": f"{google[0].subscription.id}.1"}),
        (STRIPE, {"checkout_session_id": "cs_1Posted"}),
    )
    url = f"{service.addresses.api}/v1/purchases"
    key = {"Authorization": f"Bearer {running.keys.backend_key}"}
    async with ClientSession(headers=key) as session:
        for store, named in posted:
            body = {"store": store, "app_user_id": "posted", "environment": SANDBOX, **named}
            async with session.post(url, data=orjson.dumps(body)) as answer:
                assert answer.status == 202, await answer.text()
    for life in (apple, google, stripe):
        rows = await until_told(service, _wanted(life), life[0].subscription.id)
        assert Counter(row["type"] for row in rows) == _wanted(life)
