"""A purchase that nobody tracks: kept, without moving the label; tracked, it comes out; then it moves it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from deploy.demo.catalog import WEB_PLUS
from deploy.demo.expected import expected
from deploy.demo.happening import SANDBOX, STRIPE, Happening, Subscription, Tracked
from deploy.demo.play import Part, tell
from deploy.demo.posts import Stores
from deploy.demo.service import Answer, Service
from deploy.demo.settling import Counts, look, settle
from deploy.demo.story import Story
from tests.e2e.stack import Running

pytestmark = pytest.mark.timeout(300)
_DAY = timedelta(days=1)


def _untracked() -> list[Happening]:
    """A subscription at Stripe that nobody tracks: begun, renewed, switched off, on again."""
    now = datetime.now(UTC).replace(microsecond=0)
    subscription = Subscription(
        id=f"sub_1Untracked{int(now.timestamp())}",
        store=STRIPE,
        customer="nobody yet",
        currency="USD",
        tracked=Tracked.NEVER,
        environment=SANDBOX,  # in no chart that another test compares
    )
    story = Story(Random(1), subscription, now - 40 * _DAY, now)
    story.start(WEB_PLUS)
    story.renew()
    story.wait(1)
    story.turn_off()
    story.wait(1)
    story.turn_on()
    return story.beats


async def _label(service: Service) -> Answer:
    told = await service.get(f"{service.addresses.charts}/v1/last-received")
    found: Answer = next(one for one in told["apps"][0]["stores"] if one["store"] == STRIPE)
    return found


async def _post(life: list[Happening], running: Running, service: Service) -> Counts:
    """Everything about it, until each notification has its outcome."""
    await service.know(life)
    before = await look(service)
    posted = await tell(Part(happenings=life), Stores(running.keys), service, lambda _: None)
    wanted = Counts(
        outcomes=before.outcomes + posted,
        tracked=before.tracked,
        events=before.events,
        webhooks=before.webhooks,
    )
    reached = await settle(service, wanted, lambda _: None)
    assert reached.missing(wanted) == ""
    return reached


async def test_parked_notifications_come_out_when_tracked_and_only_the_next_one_moves_the_label(
    running: Running, service: Service
) -> None:
    *life, last = _untracked()
    kept = await _post(life, running, service)
    label = await _label(service)
    assert kept.events == (await look(service)).events  # nothing of it came out

    await service.track(life[:1])
    due = expected([_tracked(one) for one in life]).total()
    wanted = Counts(
        outcomes=kept.outcomes,
        tracked=kept.tracked + 1,
        events=kept.events + due,
        webhooks=kept.webhooks + due,
    )
    assert (await settle(service, wanted, lambda _: None)).missing(wanted) == ""
    assert (await _label(service))["last_received_at"] == label["last_received_at"]
    assert await _origins(life[0], service) == {"parked"}

    posted_at = datetime.now(UTC) - timedelta(seconds=1)
    await _post([last], running, service)
    moved = datetime.fromisoformat((await _label(service))["last_received_at"])
    assert moved >= posted_at


def _tracked(happening: Happening) -> Happening:
    """For what is expected of it from now on."""
    subscription = replace(happening.subscription, tracked=Tracked.LATE)
    return replace(happening, subscription=subscription)


async def _origins(first: Happening, service: Service) -> set[str]:
    name = first.subscription.id
    rows = await service.query(
        f"SELECT DISTINCT origin FROM events FINAL WHERE purchase_key LIKE '%/{name}'"
    )
    return {row["origin"] for row in rows}
