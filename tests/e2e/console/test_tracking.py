"""What an operator does to a notification, through the whole service: track its purchase, replay it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from deploy.demo.happening import Happening
from deploy.demo.posts import Stores
from deploy.demo.service import Service
from sinks.console.paths import notification_path
from tests.e2e.console.browser import DESKTOP, seen
from tests.e2e.console.known import APP, Known, life
from tests.e2e.stack import Running

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]
_SOON = 30_000  # ms
_COUNT = "SELECT count() AS n FROM outcomes FINAL WHERE receipt_id = '{id}' AND {more}"


class _Operator:
    """Somebody at the console."""

    def __init__(self, page: Page, base: str, service: Service, stores: Stores) -> None:
        self.page = page
        self.base = base
        self.service = service
        self._stores = stores

    async def post(self, happening: Happening) -> str:
        """The receipt of the last notification of it."""
        receipts = [await self.service.post(one) for one in self._stores.messages(happening)]
        return receipts[-1]

    async def told(self, receipt_id: str, more: str) -> None:
        """An outcome of it that meets a condition is in ClickHouse."""
        sql = _COUNT.format(id=receipt_id, more=more)
        async with asyncio.timeout(_SOON / 1000):
            while (await self.service.query(sql))[0]["n"] == 0:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)

    async def open(self, receipt_id: str) -> None:
        await self.page.goto(self.base + notification_path(receipt_id))

    async def stripe(self) -> tuple[str | None, str | None]:
        """Last received, and when the app was shipped, as the API has them."""
        told = await self.service.get(f"{self.base}/v1/last-received")
        (app,) = (one for one in told["apps"] if one["app_id"] == APP)
        (store,) = (one for one in app["stores"] if one["store"] == "stripe")
        return store["last_received_at"], app["shipped_at"]


@pytest_asyncio.fixture(loop_scope="package")
async def operator(browser: Browser, running: Running, known: Known) -> AsyncIterator[_Operator]:
    base = running.site.charts_url
    async with running.service() as service, seen(browser, base, DESKTOP) as sight:
        yield _Operator(sight.page, sight.base, service, Stores(running.keys))
        assert sight.problems == []


async def test_a_parked_one_is_tracked_by_its_form_and_moves_neither_label_nor_plan(
    operator: _Operator,
) -> None:
    first, *_ = life("Joined", "not asked for a name")
    receipt = await operator.post(first)
    await operator.told(receipt, "kind = 'parked'")
    before = await operator.stripe()
    await operator.open(receipt)
    await operator.page.get_by_label("app_user_id").fill("joined by hand")
    await operator.page.get_by_role("button", name="Track the purchase").click()
    await expect(operator.page.locator(".message")).to_contain_text("joined by hand")
    await operator.told(receipt, "kind = 'matched' AND origin = 'parked'")
    await operator.open(receipt)
    await expect(operator.page.locator("#notification-outcome")).to_contain_text("matched")
    await expect(operator.page.get_by_label("app_user_id")).to_have_count(0)
    await operator.page.get_by_role("link", name="joined by hand").click()
    await expect(operator.page.locator("h1")).to_have_text("joined by hand")
    await expect(operator.page.locator("ol.timeline")).to_contain_text("Started a subscription")
    assert await operator.stripe() == before


async def test_a_rejected_one_is_replayed_and_moves_no_label(
    operator: _Operator, known: Known
) -> None:
    """A forgery stays one, however often it is sent again; what is replayed is no news of the store."""
    before = await operator.stripe()
    for receipt, kind in ((known.rejected_id, "rejected"),):
        await operator.told(receipt, f"kind = '{kind}'")
        await operator.open(receipt)
        await operator.page.get_by_role("button", name="Replay").click()
        await expect(operator.page.locator(".message")).to_contain_text("again")
        await operator.told(receipt, f"kind = '{kind}' AND origin = 'replay'")
        await operator.open(receipt)
        await expect(operator.page.locator("ol.way")).to_contain_text("This was a replay")
    assert await operator.stripe() == before
