"""Any topic read again from its start, with the states of now, tells nothing that was not told before.

Every fixture of every store, after its predecessors: what verify, lookup, track, identify and receipts
make of the same records once more. A store's API answers at another time then.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from streams.contracts import topics
from streams.contracts.codec import decode
from streams.contracts.customer import Customer
from streams.contracts.ids import StoreName
from streams.contracts.outcome import LastReceived
from streams.track.facts import facts
from streams.track.state import read_state
from tests.e2e.in_memory import Pipeline
from tests.streams.fixture_events import Telling
from tests.streams.stores.fixture import Fixture, load, load_all
from tests.streams.stores.suites import SUITES

READ = (
    topics.RAW,
    topics.POINTERS,
    topics.PURCHASES,
    topics.CUSTOMER_INBOX,
    topics.OUTCOMES,
)


def told(store: StoreName, fixture: Fixture) -> Telling:
    telling = Telling()
    for one in (*(load(store, name) for name in fixture.after), fixture):
        telling.tell(store, one)
    return telling


def known(pipeline: Pipeline) -> dict[str, object]:
    """The facts of each purchase, every customer as shown, every label, every event."""
    states = {
        key: read_state(state)
        for (topic, key), state in pipeline.states.items()
        if topic == topics.PURCHASES
    }
    return {
        "facts": {key: sorted(facts(state, "")) for key, state in states.items() if state},
        "customers": {o.key: decode(o.value, Customer) for o in pipeline.out[topics.CUSTOMERS]},
        "labels": {o.key: _label(o.value) for o in pipeline.out[topics.LAST_RECEIVED]},
        "events": pipeline.events,
    }


def _label(value: bytes) -> LastReceived:
    """Without how often each outcome came: a redelivery is one more."""
    return replace(decode(value, LastReceived), counts={})


@pytest.mark.parametrize("store", SUITES)
def test_every_topic_from_its_start_again_changes_nothing(store: StoreName) -> None:
    for fixture in load_all(store):
        telling = told(store, fixture)
        before = known(telling.pipeline)
        telling.wait(timedelta(days=1))

        for topic in READ:
            telling.pipeline.read_again(topic)
            assert known(telling.pipeline) == before, (fixture.name, topic)


@pytest.mark.parametrize("store", SUITES)
def test_what_is_read_again_was_read(store: StoreName) -> None:
    """Or the test above would hold for a pipeline that reads nothing."""
    read = [told(store, fixture).pipeline for fixture in load_all(store)]
    wanted = {*READ, topics.EVENTS} - (set() if store == "play_store" else {topics.POINTERS})

    assert {topic for one in read for topic, records in one.out.items() if records} >= wanted
