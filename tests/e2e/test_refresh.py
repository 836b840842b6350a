"""Due times pass while the demo's stores go on answering: every store is asked, and nothing changes."""

import asyncio
import time
from collections import Counter

import pytest

from deploy.demo.comparison import compare
from deploy.demo.expected import expected
from deploy.demo.service import Service
from tests.e2e.conftest import Played
from tests.e2e.stack import Running
from tests.e2e.told import until_idle

pytestmark = pytest.mark.timeout(600)

_PATIENCE = 150.0  # seconds: a purchase is due a minute after it was tracked
_SOME = 50
_ASKED = """\
SELECT store, uniqExact(purchase_key) AS n FROM outcomes WHERE origin = 'refresh' GROUP BY store
"""
_EVENTS = """\
SELECT splitByChar('/', purchase_key)[-1] AS purchase, type, count() AS n
FROM events FINAL GROUP BY purchase, type
"""


async def _all_are_asked(service: Service) -> None:
    deadline = time.monotonic() + _PATIENCE
    asked: dict[str, int] = {}
    while set(asked) != {"app_store", "play_store", "stripe"} or asked["stripe"] < _SOME:
        assert time.monotonic() < deadline, asked
        await asyncio.sleep(0.5)
        asked = {row["store"]: row["n"] for row in await service.query(_ASKED)}


@pytest.mark.usefixtures("overdue")
async def test_what_the_stores_answer_when_they_are_asked_adds_no_event_and_moves_no_chart(
    history: Played, running: Running, service: Service
) -> None:
    await _all_are_asked(service)
    await until_idle(running.site)

    due = expected(history.part.happenings)
    own = {subscription for subscription, _ in due}
    rows = [row for row in await service.query(_EVENTS) if row["purchase"] in own]
    told = Counter({(row["purchase"], row["type"]): row["n"] for row in rows})
    assert told == due
    assert (await compare(service, history.business)).differences == ()
