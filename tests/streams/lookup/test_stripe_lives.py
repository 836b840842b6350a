"""One life of a Stripe subscription, told by events and asked for: the same event ids, and the same times."""

from collections.abc import Callable
from datetime import datetime

import pytest

from deploy.demo import stripe as demo
from deploy.demo.happening import Happening, Kind
from deploy.demo.tales import (
    Tale,
    fails_and_is_lost,
    fails_and_pays,
    gets_some_back,
    leaves,
    leaves_the_week,
    stays,
    tries_and_leaves,
    tries_and_stays,
    wants_it_back,
    wants_more,
)
from streams.contracts.change import Change, ChangeKind
from streams.contracts.project import Project
from streams.contracts.purchase import InboxRecord, Pointer
from streams.stores import STORES
from tests.streams.lookup.test_stripe import SUB, asking, life, pointer
from tests.streams.stores.signing import APP, KEYRING, STRIPE, stripe_raw
from tests.streams.track.histories.inbox import Inbox, posts

PROJECT = Project(name="test", sha256="0" * 64, apps=(APP,))
# What Stripe does not keep: what came and went before it was asked.
FLEETING = {
    *(ChangeKind.RENEWAL_OFF, ChangeKind.RENEWAL_ON, ChangeKind.PRODUCT_CHANGED),
    *(ChangeKind.BILLING_FAILED, ChangeKind.BILLING_CANCELLED),
}


def told(beats: list[Happening]) -> list[InboxRecord]:
    """By events, through the real adapter."""
    records: list[InboxRecord] = []
    for beat in beats:
        for event in demo.events(beat):
            payload = STORES[STRIPE].verify(stripe_raw(event, received_at=beat.at), KEYRING, APP)
            decoded = STORES[STRIPE].decode(payload, APP)
            records += [one for one in decoded if not isinstance(one, Pointer)]
    return records


async def asked(beats: list[Happening], ask_at: Callable[[int], bool]) -> list[InboxRecord]:
    """By the API alone: asked after some of the beats, and after the last."""
    records: list[InboxRecord] = []
    async with asking() as scene:
        for number, beat in enumerate(beats):
            for event in demo.events(beat):
                scene.api.tell(event)
            if ask_at(number) or number == len(beats) - 1:
                records += (await scene.store.look_up(pointer())).records
    return records


def changes(records: list[InboxRecord]) -> list[Change]:
    first = [post for post in posts(records) if post.purchase_key.endswith(SUB)]
    return Inbox(project=PROJECT).feed([*first, *records]).changes


def ids(records: list[InboxRecord]) -> dict[str, ChangeKind]:
    return {change.fact: change.kind for change in changes(records)}


def turned_off(records: list[InboxRecord]) -> list[datetime]:
    """When each CANCELLATION of renewal happened."""
    return [one.occurred_at for one in changes(records) if one.kind is ChangeKind.RENEWAL_OFF]


@pytest.mark.parametrize(
    "tale",
    [
        fails_and_is_lost,
        fails_and_pays,
        gets_some_back,
        leaves,
        stays,
        tries_and_stays,
        wants_it_back,
        wants_more,
    ],
)
async def test_one_life_has_the_same_event_ids_told_and_asked_for(tale: Tale) -> None:
    beats = life(tale)
    by_message = ids(told(beats))
    every_time = ids(await asked(beats, lambda _: True))
    once = ids(await asked(beats, lambda _: False))

    assert every_time == by_message
    assert set(once) <= set(by_message)
    assert {by_message[fact] for fact in set(by_message) - set(once)} <= FLEETING


@pytest.mark.parametrize("tale", [leaves, leaves_the_week, tries_and_leaves])
async def test_renewal_went_off_at_the_same_time_told_and_asked_for_when_all_was_over(
    tale: Tale,
) -> None:
    """Stripe keeps when it was canceled, and charts count cancellations by that day."""
    beats = life(tale)
    off = [beat.at for beat in beats if beat.kind is Kind.RENEWAL_OFF]

    assert len(off) == 1
    assert turned_off(told(beats)) == turned_off(await asked(beats, lambda _: False)) == off


@pytest.mark.parametrize(
    "tale", [fails_and_is_lost, fails_and_pays, leaves, tries_and_stays, wants_it_back, wants_more]
)
async def test_the_present_asked_for_amid_a_past_that_comes_at_once_gives_the_same_ids(
    tale: Tale,
) -> None:
    beats = life(tale)
    messages = told(beats)
    answer = await asked(beats, lambda _: False)

    assert answer
    for place in {0, 1, len(messages) // 2, len(messages) - 1}:
        assert ids([*messages[:place], *answer, *messages[place:]]) == ids(messages)
