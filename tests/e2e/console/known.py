"""Something to see on every page: lives of a few subscriptions, a forgery, what nobody tracks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from deploy.demo.catalog import WEB_PLUS
from deploy.demo.happening import (
    SANDBOX,
    STRIPE,
    Forged,
    Forgery,
    Happening,
    Subscription,
    Tracked,
)
from deploy.demo.play import Part, tell
from deploy.demo.posts import Stores
from deploy.demo.service import Service
from deploy.demo.settling import Counts, look, settle
from deploy.demo.story import Story
from tests.e2e.stack import Running

APP = "tidepool"
_DAY = timedelta(days=1)
_LATEST = """\
SELECT app_id, receipt_id, purchase_key, customer_id FROM outcomes
WHERE kind = '{kind}' AND purchase_key LIKE '%/{subscription}' ORDER BY received_at DESC LIMIT 1
"""
Row = dict[str, Any]
Query = Callable[[str], Awaitable[list[Row]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`receipt_id`: of a notification that matched; `parked_id`: of one that is kept."""

    app_id: str
    customer_id: str
    purchase_key: str
    receipt_id: str
    parked_id: str
    rejected_id: str

    @property
    def environment(self) -> str:
        """That of the purchase: the sandbox in tests."""
        return self.purchase_key.split("/")[2]


def life(name: str, customer: str) -> list[Happening]:
    """A subscription at Stripe, of the sandbox: in no chart that another test compares."""
    now = datetime.now(UTC).replace(microsecond=0)
    subscription = Subscription(
        id=f"sub_1{name}{int(now.timestamp())}",
        store=STRIPE,
        customer=customer,
        currency="USD",
        tracked=Tracked.NEVER,
        environment=SANDBOX,
    )
    story = Story(Random(1), subscription, now - 40 * _DAY, now)
    story.start(WEB_PLUS)
    story.renew()
    story.wait(1)
    story.turn_off()
    story.wait(1)
    story.turn_on()
    return story.beats


async def fill(running: Running, service: Service) -> Known:
    stores = Stores(running.keys)
    tracked, kept = life("Seen", "Ada Lovelace <ada@example.com>"), life("Kept", "nobody yet")
    before = await look(service)
    await service.track(tracked[:1])
    posted = await tell(Part(happenings=[*tracked, *kept]), stores, service, lambda _: None)
    forged = Forged(model=tracked[0], how=Forgery.STRANGER)
    await service.post(stores.forged(forged))
    wanted = replace(before, outcomes=before.outcomes + posted + 1, tracked=before.tracked + 1)
    reached: Counts = await settle(service, wanted, lambda _: None)
    assert reached.missing(wanted) == ""
    names = (each[0].subscription.id for each in (tracked, kept))
    return await known_of(service.query, *names)


async def known_of(query: Query, matched: str = "%", parked: str = "%") -> Known:
    """The latest of each kind, of these subscriptions where they are named."""
    found = await _latest(query, "matched", matched)
    return Known(
        app_id=found["app_id"],
        customer_id=found["customer_id"],
        purchase_key=found["purchase_key"],
        receipt_id=found["receipt_id"],
        parked_id=(await _latest(query, "parked", parked))["receipt_id"],
        rejected_id=(await _latest(query, "rejected", "%"))["receipt_id"],
    )


async def _latest(query: Query, kind: str, subscription: str) -> Row:
    """Rejected ones are of no purchase that anybody knows."""
    sql = _LATEST.format(kind=kind, subscription=subscription)
    (row,) = await query(sql.replace("LIKE '%/%'", "LIKE '%'"))
    return row
