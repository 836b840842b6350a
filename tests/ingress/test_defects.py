"""A defect of ours at a door: 503 with Retry-After, so that it comes again; the log has it, the answer not."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import RawTestServer, TestClient, TestServer
from structlog.testing import capture_logs

from ingress.app import _answered
from ingress.callers import Callers
from ingress.config import Limits
from ingress.notifications import Notifications
from ingress.publisher import Publisher
from ingress.purchases import Purchases
from ingress.together import Together
from ingress.unknown import UnknownTokens
from streams.contracts.step import Out
from streams.settings.kafka import KafkaSettings
from tests.ingress.doors import KEY, STRIPE, write_project

NOWHERE = KafkaSettings(bootstrap="127.0.0.1:1")


class Defective(Publisher):
    """Raises what no caller expects."""

    def __init__(self) -> None:
        super().__init__(NOWHERE, client_id="test", deadline=timedelta(seconds=1))

    async def publish(self, out: Out) -> None:
        raise KeyError("the inside")

    async def publish_all(self, outs: Sequence[Out]) -> None:
        raise KeyError("the inside")


@asynccontextmanager
async def defective_api(folder: Path) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """The backends' door as it is composed, on a publisher with a defect."""
    project = write_project(folder)
    callers = Callers(project.backend_keys(), project.project)
    application = web.Application(middlewares=[_answered])
    application.router.add_post("/v1/purchases", Purchases(callers, Defective(), Limits()).post)
    async with TestClient(TestServer(application)) as client:
        yield client


async def test_a_store_is_asked_to_send_it_again(tmp_path: Path) -> None:
    publisher = Defective()
    tokens = write_project(tmp_path).tokens()
    notifications = Notifications(tokens, publisher, UnknownTokens(publisher), Limits())
    with capture_logs() as logs:
        async with RawTestServer(notifications.answer) as server, ClientSession() as session:
            url = server.make_url(f"/v1/notifications/stripe/{STRIPE}")
            answer = await session.post(url, data=b"{}")
            text = await answer.text()

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert "send it again" in text
    assert "inside" not in text
    (told,) = [one for one in logs if one["event"] == "notification_not_received"]
    assert (told["log_level"], told["store"], told["exc_info"]) == ("error", "stripe", True)


async def test_a_backend_is_asked_to_ask_again(tmp_path: Path) -> None:
    post = {
        "app_user_id": "u-1",
        "store": "stripe",
        "subscription_id": "sub_1",
        "environment": "PRODUCTION",
    }
    with capture_logs() as logs:
        async with defective_api(tmp_path) as client:
            headers = {"Authorization": f"Bearer {KEY}"}
            answer = await client.post("/v1/purchases", json=post, headers=headers)
            text = await answer.text()

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5"), text
    assert "inside" not in text
    (told,) = [one for one in logs if one["event"] == "request_failed"]
    assert (told["log_level"], told["route"], told["exc_info"]) == ("error", "/v1/purchases", True)


async def test_a_defect_under_a_batch_is_raised_to_each_that_waits_for_it() -> None:
    class Broken:
        async def send_batch(self, outs: Sequence[Out], *, partition: int) -> int:
            raise KeyError("the inside")

    together = Together(Broken(), [0], deadline=5)
    for _ in range(2):  # the partition is free again afterwards
        with pytest.raises(KeyError, match="the inside"):
            await together.publish(Out(topic="t", key=None, value=b"{}"))
