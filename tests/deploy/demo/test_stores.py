"""The demo's stores as one process serves them: each asked by its own lookup, restarted, failing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import orjson
import pytest
from aiohttp import ClientSession

from deploy.demo.catalog import MONTHLY
from deploy.demo.happening import (
    APP_STORE,
    PLAY_STORE,
    PRODUCTION,
    SANDBOX,
    STRIPE,
    Happening,
    Subscription,
)
from deploy.demo.keys import kept_keys
from deploy.demo.posts import puts
from deploy.demo.project import write_project
from deploy.demo.put import PATH
from deploy.demo.stores import serving
from deploy.demo.story import Story
from streams.contracts.errors import RejectedError, TransientError
from streams.contracts.ids import AppId, NotificationId, ReceiptId, StoreName
from streams.contracts.purchase import Observation, Pointer
from streams.contracts.words import Environment, Origin, Signal
from streams.lookup.asking import StoreApi, lookups
from streams.settings.project_file import load_project
from tests.conftest import free_ports

NOW = datetime.now(UTC).replace(microsecond=0)
IDS = {APP_STORE: "2000000000999000", PLAY_STORE: "tidepool.AO-J1O.99", STRIPE: "sub_1Tide99"}
POSTED = {APP_STORE: "2000000000999001", PLAY_STORE: IDS[PLAY_STORE], STRIPE: "cs_1Tide99"}
"""What a backend may post that is not the root, where the store has such a thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    url: str
    session: ClientSession
    asked: dict[str, StoreApi]

    async def put(self, life: list[Happening]) -> None:
        known = [list(one) for happening in life for one in puts(happening)]
        async with self.session.put(self.url + PATH, data=orjson.dumps(known)) as answer:
            assert answer.status == 200

    async def fail(self, store: str, **faults: object) -> int:
        url = f"{self.url}/demo/faults/{store}"
        async with self.session.put(url, data=orjson.dumps(faults)) as answer:
            return answer.status


@asynccontextmanager
async def scene(folder: Path, port: int) -> AsyncIterator[Scene]:
    url = f"http://127.0.0.1:{port}"
    file = load_project(write_project(folder, kept_keys(folder, url), "http://127.0.0.1:1"), {})
    async with serving(folder, "127.0.0.1", port), ClientSession() as session:
        found = lookups(file.project, file.apis(), session)
        asked: dict[str, StoreApi] = {str(store): api for (_, store), api in found.items()}
        yield Scene(url=url, session=session, asked=asked)


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


def life(store: str, environment: str = PRODUCTION) -> list[Happening]:
    """Bought 40 days ago, renewed once."""
    subscription = Subscription(
        id=IDS[store], store=store, customer="ann", currency="USD", environment=environment
    )
    story = Story(Random(1), subscription, NOW - timedelta(days=40), NOW)
    story.start(MONTHLY[store])
    story.renew()
    return story.beats


def pointer(store: str, name: str, *environments: Environment) -> Pointer:
    return Pointer(
        app_id=AppId("tidepool"),
        store=StoreName(store),
        environments=environments or tuple(Environment),
        purchase_id=name,
        type="due",
        signal=Signal.LOOKED_UP,
        notification_id=NotificationId("due/1"),
        occurred_at=NOW,
        received_at=NOW,
        receipt_id=ReceiptId("due/1"),
        origin=Origin.REFRESH,
    )


def terms(records: tuple[object, ...]) -> int:
    """How many terms an answer has, all of its observations together."""
    seen = [one for one in records if isinstance(one, Observation)]
    assert {one.purchase_key.rsplit("/", 1)[0] for one in seen} <= {
        f"tidepool/{store}/{environment}" for store in IDS for environment in Environment
    }
    return len({term.fact for one in seen for term in one.snapshot.transactions})


@pytest.mark.parametrize("store", IDS)
async def test_a_purchase_is_found_by_what_a_backend_may_post_also_after_a_restart(
    store: str, tmp_path: Path, port: int
) -> None:
    async with scene(tmp_path, port) as before:
        await before.put(life(store))
    with (tmp_path / "answers.jsonl").open("ab") as kept:
        kept.write(b'["stripe", "evt_cut_off_by_a_kill", {"id": "ev')
    async with scene(tmp_path, port) as after:
        for name in (IDS[store], POSTED[store]):
            found = await after.asked[store].look_up(pointer(store, name))
            assert terms(found.records) == 2


@pytest.mark.parametrize("store", IDS)
async def test_each_environment_knows_its_own_purchases_alone(
    store: str, tmp_path: Path, port: int
) -> None:
    async with scene(tmp_path, port) as made:
        await made.put(life(store, SANDBOX))
        found = await made.asked[store].look_up(pointer(store, IDS[store]))
        assert {one.environment for one in found.records if isinstance(one, Observation)} == {
            Environment.SANDBOX
        }
        with pytest.raises(RejectedError):
            await made.asked[store].look_up(pointer(store, IDS[store], Environment.PRODUCTION))


async def test_what_is_told_again_takes_nothing_back(tmp_path: Path, port: int) -> None:
    async with scene(tmp_path, port) as made:
        for store in (APP_STORE, STRIPE):
            told = life(store)
            await made.put(told)
            await made.put(told[:1])
            found = await made.asked[store].look_up(pointer(store, IDS[store]))
            assert terms(found.records) == 2


@pytest.mark.parametrize("store", [APP_STORE, PLAY_STORE])
async def test_who_pays_in_pounds_buys_in_britain(store: str, tmp_path: Path, port: int) -> None:
    subscription = Subscription(id=IDS[store], store=store, customer="ann", currency="GBP")
    story = Story(Random(1), subscription, NOW - timedelta(days=3), NOW)
    story.start(MONTHLY[store])
    async with scene(tmp_path, port) as made:
        await made.put(story.beats)
        found = await made.asked[store].look_up(pointer(store, IDS[store]))
    seen = [one for one in found.records if isinstance(one, Observation)]
    assert {term.country for one in seen for term in one.snapshot.transactions} == {"GB"}


async def test_a_refund_at_google_is_among_its_voided_purchases(tmp_path: Path, port: int) -> None:
    subscription = Subscription(id=IDS[PLAY_STORE], store=PLAY_STORE, customer="a", currency="USD")
    story = Story(Random(1), subscription, NOW - timedelta(days=3), NOW)
    story.start(MONTHLY[PLAY_STORE])
    story.wait(1)
    story.refund()
    async with scene(tmp_path, port) as made:
        await made.put(story.beats)
        history = made.asked[PLAY_STORE].history(())
        days = [NOW - timedelta(days=number) for number in (4, 3, 1, 0)]
        found = [
            [one async for page in history.pages(*bounds) for one in page]
            for bounds in pairwise(days)
        ]

    assert [len(day) for day in found] == [0, 1, 0]


@pytest.mark.parametrize("store", [APP_STORE, STRIPE])
async def test_a_store_that_has_no_time_says_when_to_come_back_in_its_own_way(
    store: str, tmp_path: Path, port: int
) -> None:
    async with scene(tmp_path, port) as made:
        await made.put(life(store))
        await made.fail(store, throttled=15)
        with pytest.raises(TransientError) as busy:
            await made.asked[store].look_up(pointer(store, IDS[store]))

    assert busy.value.retry_after is not None
    assert timedelta(seconds=13) < busy.value.retry_after <= timedelta(seconds=15)


async def test_each_api_fails_alone_as_it_is_told_to(tmp_path: Path, port: int) -> None:
    async with scene(tmp_path, port) as made:
        for store in IDS:
            await made.put(life(store))
        assert await made.fail(STRIPE, status=503) == 200
        with pytest.raises(TransientError):
            await made.asked[STRIPE].look_up(pointer(STRIPE, IDS[STRIPE]))
        found = await made.asked[APP_STORE].look_up(pointer(APP_STORE, IDS[APP_STORE]))
        assert terms(found.records) == 2
        assert await made.fail(STRIPE) == 200
        assert (await made.asked[STRIPE].look_up(pointer(STRIPE, IDS[STRIPE]))).records
        assert (await made.fail(STRIPE, sloow=1), await made.fail("paddle")) == (400, 404)
