"""Track, identify and receipts, whose steps keep a state: one purchase all the way.

What the functions behind them decide is tested beside them; here it is the way in and out.
"""

from dataclasses import replace

import pytest

from streams import agents
from streams.contracts import topics
from streams.contracts.change import Change, ChangeKind
from streams.contracts.codec import decode, encode
from streams.contracts.customer import Customer, CustomerAlias
from streams.contracts.errors import MalformedError
from streams.contracts.event import Event
from streams.contracts.ids import CustomerId, NotificationId, PurchaseKey, ReceiptId
from streams.contracts.inbox import to_inbox
from streams.contracts.outcome import LastReceived, Outcome, OutcomeKind
from streams.contracts.purchase import Due, Notification, Observation, Pointer
from streams.contracts.snapshot import Snapshot
from streams.contracts.step import KEEP, Out, Record
from streams.contracts.words import Environment, Origin, Signal
from streams.track.state import PurchaseState
from tests.streams.agent_records import (
    CUSTOMER,
    TRACKING,
    changed,
    context,
    header,
    of,
    passed_on,
    tracked,
)
from tests.streams.stores.signing import APP, NOW, PLAY_STORE


def test_track_addresses_changes_to_the_owner_and_tells_the_outcome() -> None:
    record, state = tracked()

    step = agents.track(record, state, context())

    (out,) = of(step, topics.CUSTOMER_INBOX)
    change = decode(out.value or b"", Change)
    assert (out.key, change.kind) == (CUSTOMER.encode(), ChangeKind.STARTED)
    (told,) = of(step, topics.OUTCOMES)
    assert told.key == b"tidepool/app_store"
    assert decode(told.value or b"", Outcome).kind is OutcomeKind.MATCHED


def test_track_meets_a_record_again_and_leads_to_nothing() -> None:
    record, state = tracked()
    after = agents.track(record, state, context()).state
    assert isinstance(after, bytes)

    again = agents.track(record, after, context())

    assert (again.outputs, again.state) == ((), KEEP)


def test_track_sends_what_it_can_t_read_to_the_dead_letters() -> None:
    record, state = tracked()

    (dead,) = agents.track(replace(record, value=b"{}"), state, context()).outputs

    assert dead.topic == topics.DEAD
    assert header(dead, topics.HEADER_REASON) == b"malformed"


def test_a_notification_that_went_from_name_to_name_for_ever_is_dead_and_an_outcome() -> None:
    record, _ = tracked()
    notification = decode(record.value, Notification)
    looped = encode(PurchaseState(alias_of=PurchaseKey("tidepool/app_store/PRODUCTION/1")))
    kind, _hops = record.headers
    round_and_round = replace(record, headers=(kind, (topics.HEADER_HOPS, b"16")))

    dead, told = agents.track(round_and_round, looped, context()).outputs

    outcome = decode(told.value or b"", Outcome)
    assert header(dead, topics.HEADER_REASON) == b"alias_cycle"
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, "alias_cycle")
    assert (outcome.receipt_id, outcome.tracked) == (notification.receipt_id, False)


def _observation(origin: Origin) -> Observation:
    return Observation(
        observation_id=NotificationId("seen-1"),
        app_id=APP.app_id,
        store=PLAY_STORE,
        environment=Environment.PRODUCTION,
        purchase_key=PurchaseKey("tidepool/play_store/PRODUCTION/token-1"),
        signal=Signal.RENEWED,
        occurred_at=NOW,
        received_at=NOW,
        receipt_id=ReceiptId("receipt-1"),
        origin=origin,
        snapshot=Snapshot(),
    )


def test_a_defect_in_track_is_told_of_a_message_an_answer_and_a_post_and_of_no_question_of_ours() -> (
    None
):
    message, _ = tracked()
    waited_for = [
        message,
        passed_on(to_inbox(_observation(Origin.NOTIFICATION)), 1),
        passed_on(to_inbox(TRACKING), 2),
    ]
    asked = passed_on(to_inbox(_observation(Origin.REFRESH)), 3)

    told = [agents.bug(record, ZeroDivisionError("x")) for record in waited_for]

    outcomes = [decode(out.value or b"", Outcome) for (out,) in told]
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.BUG}
    assert [outcome.receipt_id for outcome in outcomes][1:] == ["receipt-1", "post-1"]
    assert agents.bug(asked, ZeroDivisionError("x")) == ()


def test_identify_tells_the_event_and_shows_the_customer_under_their_key() -> None:
    record = changed()

    step = agents.identify(record, None, context())

    (shown,), (told,) = of(step, topics.CUSTOMERS), of(step, topics.EVENTS)
    event = decode(told.value or b"", Event)
    assert shown.key == told.key == CUSTOMER.encode()
    assert decode(shown.value or b"", Customer).customer_id == CUSTOMER
    assert event.id == decode(record.value, Change).event_id
    assert event.type == "INITIAL_PURCHASE"


def test_identify_meets_a_change_again_and_leads_to_nothing() -> None:
    record = changed()
    state = agents.identify(record, None, context()).state
    assert isinstance(state, bytes)

    again = agents.identify(record, state, context())

    assert (again.outputs, again.state) == ((), KEEP)


def test_identify_raises_on_what_it_can_t_read_so_that_the_driver_buries_it() -> None:
    with pytest.raises(MalformedError):
        agents.identify(replace(changed(), value=b"{}"), None, context())


def test_receipts_moves_the_label_of_the_app_and_store() -> None:
    record, state = tracked()
    (told,) = of(agents.track(record, state, context()), topics.OUTCOMES)
    outcome = decode(told.value or b"", Outcome)

    step = agents.receipts(passed_on(told, 9), None, context())

    (shown,) = step.outputs
    assert (shown.topic, shown.key) == (topics.LAST_RECEIVED, b"tidepool/app_store")
    assert decode(shown.value or b"", LastReceived).last_received_at == outcome.received_at


def test_receipts_meets_an_outcome_again_and_leads_to_nothing() -> None:
    record, state = tracked()
    (told,) = of(agents.track(record, state, context()), topics.OUTCOMES)
    after = agents.receipts(passed_on(told, 9), None, context()).state
    assert isinstance(after, bytes)

    again = agents.receipts(passed_on(told, 9), after, context())

    assert (again.outputs, again.state) == ((), KEEP)


def of_inbox(out: Out, offset: int) -> Record:
    return replace(passed_on(out, offset), partition=0)


def test_identify_hands_an_alias_s_customer_over_and_takes_its_public_record_away() -> None:
    told = agents.identify(changed(), None, context())
    assert isinstance(told.state, bytes)
    alias = CustomerAlias(customer_id=CUSTOMER, alias=CustomerId("a-1"), received_at=NOW)
    kind = ((topics.HEADER_KIND, b"customer_alias"),)
    out = Out(topic=topics.CUSTOMER_INBOX, key=CUSTOMER.encode(), value=encode(alias), headers=kind)

    handed = agents.identify(of_inbox(out, 6), told.state, context())
    (onward,) = of(handed, topics.CUSTOMER_INBOX)
    assert (onward.key, header(onward, topics.HEADER_KIND)) == (b"a-1", b"handed_over")
    joined = agents.identify(of_inbox(onward, 0), None, context())

    shown, absorbed = of(joined, topics.CUSTOMERS)
    customer = decode(shown.value or b"", Customer)
    assert (shown.key, absorbed.key, absorbed.value) == (b"a-1", CUSTOMER.encode(), None)
    assert customer.aliases == ("a-1", CUSTOMER)
    assert [held.product_id for held in customer.purchases] == ["pro.monthly"]
    assert of(joined, topics.EVENTS) == []


def test_identify_passes_on_what_comes_to_an_alias() -> None:
    alias = CustomerAlias(customer_id=CUSTOMER, alias=CustomerId("a-1"), received_at=NOW)
    kind = ((topics.HEADER_KIND, b"customer_alias"),)
    out = Out(topic=topics.CUSTOMER_INBOX, key=CUSTOMER.encode(), value=encode(alias), headers=kind)
    state = agents.identify(of_inbox(out, 1), None, context()).state
    assert isinstance(state, bytes)

    step = agents.identify(changed(), state, context())

    (onward,) = step.outputs
    assert (onward.topic, onward.key) == (topics.CUSTOMER_INBOX, b"a-1")
    assert onward.value == changed().value


def test_track_sends_a_due_time_through_the_delay_topics_to_the_purchase_s_own_inbox() -> None:
    asked = replace(APP, stores=tuple(replace(store, asked=True) for store in APP.stores))
    record, state = tracked()

    step = agents.track(record, state, context(asked))

    (due,) = (out for out in step.outputs if out.topic in topics.DELAYS)
    assert header(due, topics.HEADER_TARGET) == topics.PURCHASES.encode()
    assert header(due, topics.HEADER_KIND) == b"due"
    assert due.key == record.key
    come = decode(due.value or b"", Due)
    assert int(header(due, topics.HEADER_DUE_AT)) == round(come.due_at.timestamp() * 1000)


def test_a_due_time_that_has_come_asks_the_lookup() -> None:
    asked = replace(APP, stores=tuple(replace(store, asked=True) for store in APP.stores))
    record, state = tracked()
    step = agents.track(record, state, context(asked))
    (due,) = (out for out in step.outputs if out.topic in topics.DELAYS)
    assert isinstance(step.state, bytes)

    later = agents.track(passed_on(due, 9), step.state, context(asked))

    (pointer,) = of(later, topics.POINTERS)
    assert decode(pointer.value or b"", Pointer).origin == "refresh"
