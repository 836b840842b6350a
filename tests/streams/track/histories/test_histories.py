"""The generators leave nothing out: laws that are checked over their histories hold for all of it."""

from collections.abc import Iterable
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from streams.contracts.change import ChangeKind
from streams.contracts.ids import StoreName
from streams.contracts.project import Project
from streams.contracts.purchase import InboxRecord, Notification, Observation, PurchaseAlias
from streams.contracts.words import Signal
from tests.streams.stores.fixture import load_all
from tests.streams.track.histories import app_store, play_store, stripe
from tests.streams.track.histories.inbox import Inbox, posts

PROJECT = Project(name="test", sha256="0" * 64, apps=(app_store.APP,))
STORES = [StoreName("app_store"), StoreName("stripe"), StoreName("play_store")]
HISTORIES = {"app_store": app_store, "stripe": stripe, "play_store": play_store}
ABOUT_NOTHING = {
    Signal.TEST,
    Signal.NOTED,
    Signal.REFUND_REQUESTED,
}  # of Google: no API is asked, or nothing is told
LOOK = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TOLD_BY_TRACK = {
    ChangeKind.STARTED,
    ChangeKind.RENEWED,
    ChangeKind.PURCHASED,
    ChangeKind.PRODUCT_CHANGED,
    ChangeKind.RENEWAL_ON,
    ChangeKind.RENEWAL_OFF,
    ChangeKind.BILLING_FAILED,
    ChangeKind.BILLING_CANCELLED,
    ChangeKind.REFUNDED,
    ChangeKind.REFUND_REVERSED,
    ChangeKind.ENDED,
}


UNDOES_NOTHING = {"play_store": {ChangeKind.REFUND_REVERSED}}  # a won dispute has no message there
ANNOUNCED = {ChangeKind.EXTENDED, ChangeKind.PAUSE_SCHEDULED}
CONSENTED = {ChangeKind.CONSENT, ChangeKind.CONSENT_GIVEN}


@cache
def generated(store: StoreName) -> list[list[InboxRecord]]:
    found: list[list[InboxRecord]] = []

    @given(HISTORIES[store].histories())
    @LOOK
    def look(history: Iterable[InboxRecord]) -> None:
        found.append(list(history))

    look()
    return found


@pytest.mark.parametrize("store", STORES)
def test_every_signal_that_the_store_decodes_to_is_generated(store: StoreName) -> None:
    """The store's fixtures cover its table, every type and subtype (tested there)."""
    decoded = {Signal(fixture.expected["signal"]) for fixture in load_all(store)}
    told = {
        record.signal
        for history in generated(store)
        for record in history
        if isinstance(record, Notification | Observation)
    }
    pointed = ABOUT_NOTHING if store == "play_store" else set()
    assert decoded - told - pointed == set()
    assert Signal.UNKNOWN in told


@pytest.mark.parametrize("store", STORES)
def test_every_kind_of_change_is_generated(store: StoreName) -> None:
    told = {
        change.kind
        for history in generated(store)
        for change in Inbox(project=PROJECT).feed([*posts(history), *history]).changes
    }
    assert TOLD_BY_TRACK - UNDOES_NOTHING.get(store, set()) - told == set()


@pytest.mark.parametrize("store", STORES)
def test_histories_are_of_one_period_and_of_many_with_messages_of_one_moment(
    store: StoreName,
) -> None:
    found = generated(store)
    periods = [len(periods_of(history)) for history in found]
    assert min(periods) == 1
    assert max(periods) >= 12
    assert any(same_moment(history) for history in found)


def periods_of(history: Iterable[InboxRecord]) -> set[str]:
    return {
        standing.period
        for record in history
        if isinstance(record, Notification | Observation)
        for standing in record.snapshot.standings
    }


def same_moment(history: Iterable[InboxRecord]) -> bool:
    spoken = [one for one in history if isinstance(one, Notification | Observation)]
    times = [record.occurred_at for record in spoken]
    return len(set(times)) < len(times)


def test_stripe_histories_are_of_several_items_and_of_names_for_payments() -> None:
    found = [record for history in generated(StoreName("stripe")) for record in history]
    items = {len(record.snapshot.standings) for record in found if isinstance(record, Notification)}
    assert {1, 2, 3} <= items
    assert any(isinstance(record, PurchaseAlias) for record in found)


def test_google_histories_tell_of_extensions_pauses_consent_and_several_tokens() -> None:
    found = [record for history in generated(StoreName("play_store")) for record in history]
    told = {
        change.kind
        for history in generated(StoreName("play_store"))
        for change in Inbox(project=PROJECT).feed([*posts(history), *history]).changes
    }
    tokens = {record.ref for record in found if isinstance(record, PurchaseAlias)}
    assert told >= ANNOUNCED | CONSENTED
    assert len(tokens) >= 3
