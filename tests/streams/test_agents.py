"""The four agents' steps: what each record leads to, where it goes, and under which key.

What the functions behind them decide is tested beside them; here it is the way in and out.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from streams import agents
from streams.agents import Context
from streams.contracts import topics
from streams.contracts.change import Change, ChangeKind
from streams.contracts.codec import decode, encode
from streams.contracts.customer import Customer
from streams.contracts.errors import MalformedError
from streams.contracts.event import Event
from streams.contracts.ids import AppId, CustomerId, ReceiptId
from streams.contracts.outcome import LastReceived, Outcome, OutcomeKind
from streams.contracts.project import App, Project
from streams.contracts.purchase import (
    KeyWanted,
    Notification,
    Pointer,
    PostedPurchase,
    PurchaseAlias,
    Tracking,
)
from streams.contracts.raw import RawNotification, raw_headers
from streams.contracts.step import KEEP, Out, Record, Step
from streams.contracts.words import Environment, Origin
from tests.streams.stores.fixture import load
from tests.streams.stores.signing import (
    APP,
    APP_STORE,
    KEYRING,
    NOW,
    PLAY_STORE,
    STRIPE,
    apple_raw,
    google_raw,
    stripe_raw,
)

CUSTOMER = CustomerId("customer-1")


def context(app: App = APP) -> Context:
    project = Project(name="test", sha256="0" * 64, apps=(app,))
    return Context(project=project, now=lambda: NOW, keyring=KEYRING)


def incoming(raw: RawNotification, attempt: int = 0) -> Record:
    """As verify reads it from notifications.raw."""
    tried = ((topics.HEADER_ATTEMPT, b"%d" % attempt),) if attempt else ()
    return Record(
        topic=topics.RAW,
        partition=3,
        offset=41,
        key=None,
        value=raw.body,
        headers=raw_headers(raw) + tried,
    )


def apple(name: str) -> RawNotification:
    found = load(APP_STORE, name)
    return apple_raw(found.payload, received_at=found.received_at)


def stripe(name: str) -> RawNotification:
    found = load(STRIPE, name)
    return stripe_raw(found.payload, received_at=found.received_at)


def posted(purchase_id: str | None = None) -> Record:
    """As verify reads it from purchases.posted."""
    purchase = PostedPurchase(
        tracking_id=ReceiptId("post-1"),
        app_id=APP.app_id,
        store=STRIPE,
        customer_id=CUSTOMER,
        received_at=NOW,
        origin=Origin.POST,
        environment=Environment.PRODUCTION,
        purchase_id=purchase_id,
    )
    return Record(topic=topics.POSTED, partition=0, offset=7, key=None, value=encode(purchase))


def of(step: Step, topic: str) -> list[Out]:
    return [out for out in step.outputs if out.topic == topic]


def header(out: Out, name: str) -> bytes:
    return dict(out.headers)[name]


# -- verify ----------------------------------------------------------------------------------------


def test_a_genuine_notification_goes_to_its_purchase_s_inbox() -> None:
    step = agents.verify(incoming(apple("did_renew")), context())

    (out,) = step.outputs
    told = decode(out.value or b"", Notification)
    assert out.topic == topics.PURCHASES
    assert out.key == told.purchase_key.encode()
    assert header(out, topics.HEADER_KIND) == b"notification"
    assert header(out, topics.HEADER_HOPS) == b"0"
    assert step.state is KEEP


def test_the_other_names_of_a_purchase_go_to_the_inbox_of_each_name() -> None:
    step = agents.verify(incoming(stripe("invoice.paid")), context())

    aliases = [
        decode(out.value or b"", PurchaseAlias)
        for out in of(step, topics.PURCHASES)
        if header(out, topics.HEADER_KIND) == b"purchase_alias"
    ]
    assert aliases
    keys = {out.key for out in of(step, topics.PURCHASES)}
    assert {alias.purchase_key.encode() for alias in aliases} <= keys


def test_a_message_that_only_points_at_the_truth_goes_to_the_lookup() -> None:
    found = load(PLAY_STORE, "subscription_purchased")
    raw = google_raw(found.payload, received_at=found.received_at)

    step = agents.verify(incoming(raw), context())

    (out,) = of(step, topics.POINTERS)
    assert out.key is None
    assert decode(out.value or b"", Pointer).store == PLAY_STORE


def test_a_store_s_test_is_an_outcome_of_the_app_and_store() -> None:
    step = agents.verify(incoming(apple("test")), context())

    (out,) = step.outputs
    outcome = decode(out.value or b"", Outcome)
    assert (out.topic, out.key) == (topics.OUTCOMES, b"tidepool/app_store")
    assert outcome.kind is OutcomeKind.TEST


def test_a_copy_of_what_was_proven_is_kept_for_apps_that_forward() -> None:
    raw = apple("did_renew")
    store = replace(APP.store(APP_STORE), forward=True)

    step = agents.verify(incoming(raw), context(replace(APP, stores=(store,))))

    (copy,) = of(step, topics.GENUINE)
    assert (copy.key, copy.value, copy.headers) == (None, raw.body, raw_headers(raw))


def test_a_forgery_is_a_dead_letter_untouched_and_an_outcome_and_is_not_forwarded() -> None:
    raw = replace(stripe("invoice.paid"), body=b'{"forged": true}')
    store = replace(APP.store(STRIPE), forward=True)

    step = agents.verify(incoming(raw), context(replace(APP, stores=(store,))))

    dead, told = step.outputs
    assert (dead.topic, dead.value) == (topics.DEAD, raw.body)
    assert dead.headers[:1] == raw_headers(raw)
    assert header(dead, topics.HEADER_REASON) == b"signature"
    assert header(dead, topics.HEADER_SOURCE) == b"notifications.raw:3:41"
    outcome = decode(told.value or b"", Outcome)
    assert (told.topic, told.key) == (topics.OUTCOMES, b"tidepool/stripe")
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, "signature")


def test_a_record_that_ingress_did_not_write_is_a_dead_letter_of_nobody() -> None:
    record = Record(topic=topics.RAW, partition=0, offset=0, key=None, value=b"?")

    (dead,) = agents.verify(record, context()).outputs

    assert dead.topic == topics.DEAD
    assert header(dead, topics.HEADER_REASON) == b"malformed"


def test_an_app_that_is_not_known_yet_comes_back_in_five_seconds() -> None:
    raw = replace(apple("did_renew"), app_id=AppId("added-a-moment-ago"))

    (later,) = agents.verify(incoming(raw), context()).outputs

    assert (later.topic, later.value) == ("delay.5s", raw.body)
    assert header(later, topics.HEADER_TARGET) == topics.RAW.encode()
    due = int((NOW + timedelta(seconds=5)).timestamp() * 1000)
    assert header(later, topics.HEADER_DUE_AT) == b"%d" % due
    assert header(later, topics.HEADER_ATTEMPT) == b"1"


def test_a_key_that_is_not_here_yet_is_wished_for_and_waited_for() -> None:
    found = load(PLAY_STORE, "subscription_purchased")
    raw = google_raw(found.payload, received_at=found.received_at)
    without = context()
    without.keyring = replace(KEYRING, published={})

    step = agents.verify(incoming(raw, attempt=2), without)

    (later,) = of(step, "delay.1m")
    (wish,) = of(step, topics.KEYS_WANTED)
    assert header(later, topics.HEADER_ATTEMPT) == b"3"
    assert decode(wish.value or b"", KeyWanted).issuer == "https://accounts.google.com"


def test_a_key_that_never_comes_is_a_dead_letter_after_nine_attempts() -> None:
    found = load(PLAY_STORE, "subscription_purchased")
    raw = google_raw(found.payload, received_at=found.received_at)
    without = context()
    without.keyring = replace(KEYRING, published={})

    assert of(agents.verify(incoming(raw, attempt=8), without), "delay.10m")
    (dead,) = agents.verify(incoming(raw, attempt=9), without).outputs

    assert dead.topic == topics.DEAD
    assert header(dead, topics.HEADER_REASON) == b"key_missing"


def test_a_post_that_names_its_purchase_tracks_it() -> None:
    (out,) = agents.verify(posted(purchase_id="sub_1"), context()).outputs

    tracking = decode(out.value or b"", Tracking)
    assert (out.topic, out.key) == (topics.PURCHASES, tracking.purchase_key.encode())
    assert header(out, topics.HEADER_KIND) == b"tracking"
    assert (tracking.customer_id, tracking.posted, tracking.ships) == (CUSTOMER, True, True)


def test_a_post_that_names_nothing_is_a_dead_letter_and_an_outcome() -> None:
    dead, told = agents.verify(posted(), context()).outputs

    assert dead.topic == topics.DEAD
    assert header(dead, topics.HEADER_SOURCE) == b"purchases.posted:0:7"
    assert (told.topic, told.key) == (topics.OUTCOMES, b"tidepool/stripe")
    assert decode(told.value or b"", Outcome).kind is OutcomeKind.REJECTED


# -- track, identify, receipts: one purchase all the way -------------------------------------------


def passed_on(out: Out, offset: int) -> Record:
    """What one agent writes, as the next reads it."""
    return Record(
        topic=out.topic,
        partition=1,
        offset=offset,
        key=out.key,
        value=out.value or b"",
        headers=out.headers,
    )


def tracked() -> tuple[Record, bytes]:
    """A genuine record of a purchase's inbox, and the state in which its purchase is tracked."""
    (told,) = agents.verify(incoming(apple("subscribed.initial_buy")), context()).outputs
    notification = decode(told.value or b"", Notification)
    tracking = Tracking(
        tracking_id=ReceiptId("post-1"),
        app_id=APP.app_id,
        store=APP_STORE,
        environment=notification.environment,
        purchase_key=notification.purchase_key,
        customer_id=CUSTOMER,
        received_at=NOW,
        origin=Origin.POST,
        posted=True,
    )
    kind = ((topics.HEADER_KIND, b"tracking"),)
    posted = Out(topic=topics.PURCHASES, key=told.key, value=encode(tracking), headers=kind)
    state = agents.track(passed_on(posted, 1), None, context()).state
    assert isinstance(state, bytes)
    return passed_on(told, 2), state


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


def changed() -> Record:
    record, state = tracked()
    (out,) = of(agents.track(record, state, context()), topics.CUSTOMER_INBOX)
    return passed_on(out, 5)


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


def test_a_record_whose_step_raised_still_has_its_outcome() -> None:
    raw = stripe_raw({"id": "evt_1"})
    record = incoming(raw)

    (out,) = agents.bug(record, ZeroDivisionError("x"))

    told = decode(out.value or b"", Outcome)
    assert (told.kind, told.reason, told.detail) == (OutcomeKind.BUG, "bug", "ZeroDivisionError")
    assert told.receipt_id == raw.receipt_id
    assert agents.bug(replace(record, headers=()), ZeroDivisionError("x")) == ()
