"""What verify makes of each record: where it goes, and under which key.

What the functions behind it decide is tested beside them; here it is the way in and out.
"""

from dataclasses import replace
from datetime import timedelta

from streams import agents
from streams.contracts import topics
from streams.contracts.codec import decode
from streams.contracts.ids import AppId
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.purchase import (
    KeyWanted,
    Notification,
    Pointer,
    PurchaseAlias,
    Tracking,
)
from streams.contracts.raw import raw_headers
from streams.contracts.step import KEEP, Record
from streams.contracts.words import Origin
from tests.streams.agent_records import (
    CUSTOMER,
    apple,
    context,
    header,
    incoming,
    of,
    posted,
    stripe,
)
from tests.streams.stores.fixture import load
from tests.streams.stores.signing import (
    APP,
    APP_STORE,
    KEYRING,
    NOW,
    PLAY_STORE,
    STRIPE,
    google_raw,
    stripe_raw,
)


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
    token = found.expected["pointer"]["purchase_id"]
    assert out.key == f"tidepool/play_store/{token}".encode()
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


def test_a_key_that_never_comes_is_a_dead_letter_and_an_outcome_after_nine_attempts() -> None:
    found = load(PLAY_STORE, "subscription_purchased")
    raw = google_raw(found.payload, received_at=found.received_at)
    without = context()
    without.keyring = replace(KEYRING, published={})

    assert of(agents.verify(incoming(raw, attempt=8), without), "delay.10m")
    dead, told = agents.verify(incoming(raw, attempt=9), without).outputs

    assert dead.topic == topics.DEAD
    assert header(dead, topics.HEADER_REASON) == b"key_missing"
    outcome = decode(told.value or b"", Outcome)
    assert (told.topic, told.key) == (topics.OUTCOMES, b"tidepool/play_store")
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, "key_missing")
    assert outcome.receipt_id == raw.receipt_id


def test_a_post_of_an_app_that_never_comes_is_rejected_and_no_longer_pending() -> None:
    early = posted(purchase_id="sub_1", app_id=AppId("never-added"))
    attempt = ((topics.HEADER_ATTEMPT, b"9"),)

    dead, told = agents.verify(replace(early, headers=attempt), context()).outputs

    outcome = decode(told.value or b"", Outcome)
    assert header(dead, topics.HEADER_REASON) == b"unknown_app"
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, "unknown_app")
    assert (outcome.origin, outcome.customer_id) == (Origin.POST, CUSTOMER)


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


def test_a_record_whose_step_raised_still_has_its_outcome() -> None:
    raw = stripe_raw({"id": "evt_1"})
    record = incoming(raw)

    (out,) = agents.bug(record, ZeroDivisionError("x"))

    told = decode(out.value or b"", Outcome)
    assert (told.kind, told.reason, told.detail) == (OutcomeKind.BUG, "bug", "ZeroDivisionError")
    assert told.receipt_id == raw.receipt_id
    assert agents.bug(replace(record, headers=()), ZeroDivisionError("x")) == ()
