"""One generated life told by notifications, and once more found by asking alone when it falls due.

The same event ids, but of what a store does not keep until it is asked; that too once the messages come
after all. Google's lives are in test_due.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, Phase, given, settings

from deploy.demo.app_store_api import AppStoreApi
from deploy.demo.signers.apple import AppleChain, AppleSigner
from deploy.demo.stripe_api import StripeApi
from streams.contracts.change import Change, ChangeKind
from streams.contracts.project import App, Project
from streams.contracts.purchase import Due, InboxRecord, Notification, Observation, Tracking
from streams.contracts.words import Environment, PeriodType
from streams.lookup.app_store import AppStoreLookup
from streams.lookup.asking import StoreLookup
from streams.lookup.stripe import StripeLookup
from streams.track.changes import order_of_record
from streams.track.due import ENDED_QUIET, FOLLOWED, LEAST
from tests.e2e.in_process import AppStoreInProcess, StripeInProcess
from tests.streams.track.histories import app_store, stripe
from tests.streams.track.histories.app_store_messages import START
from tests.streams.track.histories.inbox import Inbox, posts

SIGNER = AppleSigner(AppleChain.create(START))
FEW = settings(
    max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
# What no store keeps: a state that came and went between two questions, consent, a withdrawn plan.
UNDONE = "/reversed"
FLEETING = {
    *(ChangeKind.RENEWAL_OFF, ChangeKind.RENEWAL_ON, ChangeKind.PRODUCT_CHANGED),
    *(ChangeKind.BILLING_FAILED, ChangeKind.BILLING_CANCELLED, ChangeKind.EXTENDED),
    *(ChangeKind.CONSENT, ChangeKind.CONSENT_GIVEN, ChangeKind.ENDED),
    *(ChangeKind.PAUSE_SCHEDULED, ChangeKind.RESUMED),
}


def asked_app(app: App, **options: object) -> App:
    (store,) = app.stores
    asked = replace(store, asked=True, options={**store.options, **options})
    return replace(app, demo=True, stores=(asked,))


def found_by_asking(
    app: App, post: Tracking, until: datetime, lookup_at: Callable[[datetime], StoreLookup]
) -> Inbox:
    """Asked whenever the purchase falls due; `lookup_at`: the store as it answers at a time."""
    inbox = Inbox(project=Project(name="test", sha256="0" * 64, apps=(app,))).feed([post])
    with asyncio.Runner() as runner:
        while (due := inbox.dues[-1]).due_at <= until and is_outstanding(due, inbox):
            ask(due, inbox, runner, lookup_at)
    return inbox


def is_outstanding(due: Due, inbox: Inbox) -> bool:
    return inbox.states[due.purchase_key].due_at == due.due_at


def ask(
    due: Due, inbox: Inbox, runner: asyncio.Runner, lookup_at: Callable[[datetime], StoreLookup]
) -> None:
    inbox.pointers.clear()
    inbox.feed([due])
    for pointer in inbox.pointers:
        inbox.feed(runner.run(lookup_at(pointer.occurred_at).look_up(pointer)).records)


def compare(told: Sequence[InboxRecord], asked: Inbox) -> None:
    by_message = Inbox(project=asked.project).feed([*posts(told), *told])
    known = {change.fact: change for change in by_message.changes}
    found = {change.fact: change for change in asked.changes}
    assert found.keys() - known.keys() == set()
    lost = [change for fact, change in known.items() if fact not in found]
    excused = (is_undone, is_long_after, is_paid_now)
    kept = [one for one in lost if not any(excuse(one, known) for excuse in excused)]
    assert {one.kind for one in kept} - FLEETING == set()


def compare_after_all(told: Sequence[InboxRecord], asked: Inbox) -> None:
    """The messages that were lost come after all: of how long access lasted charts then know as much as
    if no answer had been given before them. Messages of one instant must stand in their order: else nobody
    knows which was first, and an answer settles what they leave open."""
    by_message = Inbox(project=asked.project).feed([*posts(told), *told])
    if _stand_in_order(told):
        assert asked.feed(told).access == by_message.access


def _stand_in_order(told: Sequence[InboxRecord]) -> bool:
    """A tie is broken by the messages' ids, which are random."""
    orders = [order_of_record(one) for one in told if isinstance(one, Notification | Observation)]
    return orders == sorted(orders)


def is_undone(change: Change, known: Mapping[str, Change]) -> bool:
    """Money that came again before anybody asked, or by a message alone (Apple's)."""
    return change.fact.endswith(UNDONE) or f"{change.fact}{UNDONE}" in known


def is_long_after(change: Change, known: Mapping[str, Change]) -> bool:
    """Of one who came back when the purchase was not followed any more: only a message tells of that."""
    ends = [one.occurred_at for one in known.values() if one.kind is ChangeKind.ENDED]
    return any(change.occurred_at > ended_at + FOLLOWED for ended_at in ends)


def is_paid_now(change: Change, _: Mapping[str, Change]) -> bool:
    """A start for nothing (Stripe's) that is no trial: its price may have changed before anybody asked."""
    free = change.transaction is not None and change.transaction.period_type is PeriodType.NORMAL
    return change.fact.endswith("/start") and free


def first_post(told: Sequence[InboxRecord], at: datetime) -> Tracking:
    (post,) = [one for one in posts(told) if not one.purchase_key.split("/")[3].startswith("pi_")]
    return replace(post, received_at=at - timedelta(seconds=1))


@given(app_store.lives(most=3))
@FEW
def test_asking_the_app_store_alone_finds_every_charge_and_invents_nothing(
    life: app_store.Life,
) -> None:
    app = asked_app(app_store.APP, root_fingerprints=[SIGNER.chain.root_fingerprint])
    times = [moment.at for moment in life.moments]
    api = AppStoreApi(signer=SIGNER, caller=SIGNER.chain.leaf.key.public_key(), bundle_id="app")
    server = AppStoreInProcess(api)

    def lookup_at(at: datetime) -> StoreLookup:
        api.know("one", life.moments[bisect_right(times, at) - 1].known)
        return AppStoreLookup(app, {Environment.PRODUCTION: server}, lambda: at)

    post = first_post(life.messages, times[0])
    asked = found_by_asking(app, post, times[-1] + ENDED_QUIET + LEAST, lookup_at)
    compare(life.messages, asked)
    compare_after_all(life.messages, asked)


@given(stripe.lives(most=3))
@FEW
def test_asking_stripe_alone_finds_every_charge_and_invents_nothing(life: stripe.Life) -> None:
    app = asked_app(stripe.APP)
    times = [moment.at for moment in life.moments]
    api = StripeApi(key="rk_live_1")
    told = 0

    def lookup_at(at: datetime) -> StoreLookup:
        nonlocal told
        until = bisect_right(times, at)
        for moment in life.moments[told:until]:
            api.tell(moment.event)
        told = until
        return StripeLookup(app, {Environment.PRODUCTION: StripeInProcess(api)}, lambda: at)

    post = first_post(life.messages, times[0])
    asked = found_by_asking(app, post, times[-1] + ENDED_QUIET + LEAST, lookup_at)
    compare(life.messages, asked)
    compare_after_all(life.messages, asked)
