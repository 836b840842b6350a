"""What end-to-end tests share: one running service, and the demo's history played on it once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from deploy.demo.catalog import PLAY_PLUS
from deploy.demo.comparison import Comparison, compare
from deploy.demo.demo import Demo, Result
from deploy.demo.happening import PLAY_STORE, SANDBOX, Business, Happening, Subscription
from deploy.demo.play import Part, part_of
from deploy.demo.played import begin
from deploy.demo.posts import Stores
from deploy.demo.service import Service
from deploy.demo.story import Story
from tests.e2e.stack import Running, started

_OUTCOMES = """\
SELECT kind, uniqExact(receipt_id) AS n FROM outcomes WHERE origin = 'notification' GROUP BY kind
"""

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests come last: they send test events and post lives of their own, and the
    demo's tests count all that its receiver got."""
    places = [place for place, item in enumerate(items) if item.path.is_relative_to(_HERE)]
    ours = sorted((items[place] for place in places), key=_is_the_browsers)
    for place, item in zip(places, ours, strict=True):
        items[place] = item


def _is_the_browsers(item: pytest.Item) -> bool:
    return item.path.is_relative_to(_HERE / "console")


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Started once for all end-to-end tests but those that kill."""
    with started(tmp_path_factory.mktemp("e2e")) as made:
        yield made


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    business: Business
    part: Part
    result: Result
    comparison: Comparison
    outcomes: Counter[str]


@pytest.fixture(scope="package")
def history(running: Running) -> Played:
    """All of it, played once."""
    return asyncio.run(_play(running))


async def _play(running: Running) -> Played:
    now = datetime.now(UTC).replace(microsecond=0)
    business = begin(now).business(now)
    part = part_of(business, None)
    async with running.service() as service:
        demo = Demo(service=service, stores=Stores(running.keys))
        before = await _outcomes(service)
        result = await demo.play(part)
        return Played(
            business=business,
            part=part,
            result=result,
            comparison=await compare(service, business),
            outcomes=await _outcomes(service) - before,
        )


async def _outcomes(service: Service) -> Counter[str]:
    """How many notifications had each kind of outcome."""
    rows = await service.query(_OUTCOMES)
    return Counter({row["kind"]: row["n"] for row in rows})


@pytest.fixture(scope="package")
def overdue(running: Running, history: Played) -> None:
    """A purchase that will be asked about a minute from now, in which other tests can run. At Google,
    whose API was asked because of each message just now, so that nothing of the history need be due:
    a term that ended an hour ago, and no word of what came then. `history`: played without it."""
    subscription = Subscription(
        id="tidepool.AO-J1O.overdue",
        store=PLAY_STORE,
        customer="overdue",
        currency="USD",
        environment=SANDBOX,  # in no chart that is compared
    )
    now = datetime.now(UTC).replace(microsecond=0)
    story = Story(Random(1), subscription, now - timedelta(days=7, hours=1), now)
    story.start(replace(PLAY_PLUS, months=0, days=7))
    asyncio.run(_track(running, story.beats))


async def _track(running: Running, beats: list[Happening]) -> None:
    async with running.service() as service:
        await service.know(beats)
        await service.track(beats)


@pytest.fixture
async def service(running: Running) -> AsyncIterator[Service]:
    async with running.service() as made:
        yield made


@pytest.fixture
def demo(running: Running, service: Service) -> Demo:
    return Demo(service=service, stores=Stores(running.keys))
