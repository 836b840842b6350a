"""A complete history, shuffled and doubled at will, gives the same state and the same events.

Over generated histories of real payloads. The one exception: what does not fit into
a purchase's parking (50 records) before it is tracked is dropped, and counted; so a history that is
tracked last stays within it here.
"""

from collections.abc import Sequence
from itertools import permutations
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.contracts.project import Project
from streams.contracts.purchase import InboxRecord, Notification, Observation, PurchaseAlias
from streams.contracts.snapshot import Refund
from streams.contracts.words import Signal
from streams.track.parking import MOST_RECORDS
from tests.streams.track.histories import app_store, play_store, stripe
from tests.streams.track.histories.inbox import Inbox, posts
from tests.streams.track.make import day, posted, said, term

History = Sequence[Notification | PurchaseAlias | Observation]
PROJECT = Project(name="test", sha256="0" * 64, apps=(app_store.APP,))
LAW = settings(
    max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
ANY_ORDER = st.randoms(use_true_random=False)


def told(records: Sequence[InboxRecord], random: Random | None = None) -> Inbox:
    return Inbox(project=PROJECT, random=random or Random(0)).feed(records)


def shuffled(history: History, random: Random) -> list[InboxRecord]:
    """In any order, some of it twice."""
    again = [record for record in history if random.random() < 0.3]
    mixed: list[InboxRecord] = [*history, *again]
    random.shuffle(mixed)
    return mixed


def check_any_order(history: History, random: Random) -> None:
    first = posts(history)
    straight = told([*first, *history])
    mixed = told([*first, *shuffled(history, random)], random)
    assert mixed.known == straight.known
    assert mixed.events == straight.events
    assert mixed.access == straight.access


def check_any_moment(history: History, random: Random, moment: float) -> None:
    first = posts(history)
    mixed = shuffled(history, random)
    place = round(moment * len(mixed))
    late = told([*mixed[:place], *first, *mixed[place:]], random)
    straight = told([*first, *history])
    assert late.known == straight.known
    assert late.events == straight.events
    assert late.access == straight.access


@given(app_store.histories(), ANY_ORDER)
@LAW
def test_an_app_store_history_in_any_order(history: list[Notification], random: Random) -> None:
    check_any_order(history, random)


@given(stripe.histories(), ANY_ORDER)
@LAW
def test_a_stripe_history_in_any_order(
    history: list[Notification | PurchaseAlias], random: Random
) -> None:
    check_any_order(history, random)


@given(play_store.histories(most=12), ANY_ORDER)
@settings(LAW, max_examples=80)
def test_a_play_store_history_in_any_order(
    history: list[Observation | PurchaseAlias], random: Random
) -> None:
    check_any_order(history, random)


@given(play_store.histories(most=6), ANY_ORDER, st.floats(0, 1))
@settings(LAW, max_examples=60)
def test_a_play_store_history_tracked_at_any_moment(
    history: list[Observation | PurchaseAlias], random: Random, moment: float
) -> None:
    check_any_moment(history[:MOST_RECORDS], random, moment)


@given(app_store.histories(most=8), ANY_ORDER, st.floats(0, 1))
@LAW
def test_an_app_store_history_tracked_at_any_moment(
    history: list[Notification], random: Random, moment: float
) -> None:
    check_any_moment(history[:MOST_RECORDS], random, moment)


@given(stripe.histories(most=6), ANY_ORDER, st.floats(0, 1))
@LAW
def test_a_stripe_history_tracked_at_any_moment(
    history: list[Notification | PurchaseAlias], random: Random, moment: float
) -> None:
    check_any_moment(history[:MOST_RECORDS], random, moment)


def refund_messages() -> list[InboxRecord]:
    """A transaction that Apple refunds and charges again, twice; a reversal names no refund."""
    told: list[InboxRecord] = []
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
