"""A complete history, shuffled and doubled at will, gives the same state and the same events.

DESIGN.md 5.5, over generated histories of real payloads. The one exception: what does not fit into
a purchase's parking (50 records) before it is tracked is dropped, and counted; so a history that is
tracked last stays within it here.
"""

from collections.abc import Sequence
from itertools import permutations
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.contracts.ids import NO_PURCHASE, CustomerId, ReceiptId
from streams.contracts.project import Project
from streams.contracts.purchase import InboxRecord, Tracking
from streams.contracts.snapshot import Refund
from streams.contracts.words import Environment, Origin, Signal
from streams.track.parking import MOST_RECORDS
from tests.streams.track.histories import app_store
from tests.streams.track.histories.app_store_messages import START
from tests.streams.track.histories.inbox import Inbox
from tests.streams.track.make import day, posted, said, term

LAW = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
APPS = (app_store.APP,)
PROJECT = Project(name="test", sha256="0" * 64, apps=APPS)


def told(records: Sequence[InboxRecord]) -> Inbox:
    return Inbox(project=PROJECT).feed(records)


def trackings(records: Sequence[InboxRecord]) -> list[Tracking]:
    """One post for each purchase that the history is about."""
    named = {r.purchase_key: r for r in records if not r.purchase_key.endswith(f"/{NO_PURCHASE}")}
    return [
        Tracking(
            tracking_id=ReceiptId(f"post-{key}"),
            app_id=record.app_id,
            store=record.store,
            environment=Environment.PRODUCTION,
            purchase_key=key,
            customer_id=CustomerId("u-1"),
            received_at=START,
            origin=Origin.POST,
            posted=True,
        )
        for key, record in named.items()
    ]


def shuffled(records: Sequence[InboxRecord], random: Random) -> list[InboxRecord]:
    """In any order, some of them twice."""
    again = [record for record in records if random.random() < 0.3]
    mixed = [*records, *again]
    random.shuffle(mixed)
    return mixed


@given(app_store.histories(), st.randoms(use_true_random=False))
@LAW
def test_an_app_store_history_in_any_order(history: list[InboxRecord], random: Random) -> None:
    first = trackings(history)
    straight, mixed = told([*first, *history]), told([*first, *shuffled(history, random)])
    assert mixed.known == straight.known
    assert mixed.events == straight.events


@given(app_store.histories(most=8), st.randoms(use_true_random=False), st.floats(0, 1))
@LAW
def test_an_app_store_history_tracked_at_any_moment(
    history: list[InboxRecord], random: Random, moment: float
) -> None:
    history = history[:MOST_RECORDS]
    posts = trackings(history)
    mixed = shuffled(history, random)
    place = round(moment * len(mixed))
    late = told([*mixed[:place], *posts, *mixed[place:]])
    straight = told([*posts, *history])
    assert late.known == straight.known
    assert late.events == straight.events


def refund_messages() -> list[InboxRecord]:
    """A transaction that Apple refunds and charges again, twice; a reversal names no refund."""
    told = []
    for n in (2, 4):
        refund = Refund(refund_id=f"tx1/{n}", refs=("tx1",), refunded_at=day(n))
        undone = Refund(refund_id="tx1", refs=("tx1",), refunded_at=day(n + 1), reversed=True)
        told.append(said(f"refund-{n}", day(n), Signal.REFUNDED, term(1), refund))
        told.append(said(f"undone-{n}", day(n + 1), Signal.REFUND_REVERSED, term(1), undone))
    return told


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_transaction_refunded_and_paid_again_twice_in_any_order(order: tuple[int, ...]) -> None:
    messages = refund_messages()
    post = posted()
    straight = told([post, *messages])
    mixed = told([post, *(messages[place] for place in order)])
    assert len([fact for fact in straight.changes if fact.fact.endswith("/reversed")]) == 2
    assert mixed.known == straight.known
    assert mixed.events == straight.events
