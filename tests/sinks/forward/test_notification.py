"""What of a genuine notification goes on, how its record is opened, and how it comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sinks.delivery.delivery import Delivery, OpenRecord, dead_out, retry_out
from sinks.forward.notification import Forwarded, open_record
from streams.contracts.errors import MalformedError
from streams.contracts.raw import RawNotification, read_raw
from streams.contracts.step import Out, Record
from streams.contracts.stores import ALL
from streams.contracts.topics import FORWARDS, FORWARDS_DEAD, GENUINE
from streams.contracts.words import Environment, Origin
from streams.verify.signed_header import TOLERANCE
from tests.sinks.forward.genuine import CONTENT_TYPE, notification, record_of


def opened(raw: RawNotification) -> list[Delivery]:
    return open_record(OpenRecord(record_of(raw), read_at=1.0))


def raw_of(delivery: Delivery) -> RawNotification:
    assert isinstance(delivery.event, Forwarded)
    return delivery.event.raw


def read_again(out: Out) -> Record:
    assert out.value is not None
    return Record(
        topic=out.topic, partition=0, offset=0, key=out.key, value=out.value, headers=out.headers
    )


def test_a_record_is_one_delivery_to_the_forward_of_its_app_and_store() -> None:
    raw = notification()
    (delivery,) = opened(raw)

    assert delivery.destination == "forward/tidepool/stripe"
    assert raw_of(delivery).body == raw.body
    assert str(delivery.event.id) == raw.receipt_id
    assert (delivery.event.type, delivery.event.received_at) == ("NOTIFICATION", raw.received_at)


@pytest.mark.parametrize(
    ("store", "names"),
    [
        ("stripe", ["content-type", "stripe-signature"]),
        ("app_store", ["content-type"]),
        ("play_store", ["content-type"]),
    ],
)
def test_only_content_type_and_signature_headers_go_on(store: str, names: list[str]) -> None:
    raw = notification(store)
    (delivery,) = opened(raw)

    kept = raw_of(delivery).request_headers
    assert [name for name, _ in kept] == names
    assert set(kept) <= set(raw.request_headers)


def test_of_a_header_that_came_twice_the_one_that_was_proved_goes_on() -> None:
    raw = notification()
    twice = replace(raw, request_headers=(*raw.request_headers, ("stripe-signature", "other")))
    (delivery,) = opened(twice)

    assert raw_of(delivery).request_header("stripe-signature") == raw.request_header(
        "stripe-signature"
    )
    assert len(raw_of(delivery).request_headers) == 2


def test_google_s_token_stands_neither_in_a_retry_nor_in_a_dead_letter() -> None:
    raw = notification("play_store")
    token = (raw.request_header("authorization") or "").removeprefix("Bearer ").encode()
    (delivery,) = opened(raw)
    again = retry_out(delivery, attempts=1, postponed=0)
    dead = dead_out(delivery, attempts=9, reason="exhausted", detail="")

    assert token
    assert (again.topic, dead.topic) == (FORWARDS, FORWARDS_DEAD)
    assert dead.key == raw.receipt_id.encode()
    for out in (again, dead):
        assert token not in repr(out).encode()
        assert out.value == raw.body
        assert read_raw(read_again(out)).request_headers == (CONTENT_TYPE,)


def test_a_retry_comes_back_with_the_same_bytes_and_its_count() -> None:
    (first,) = opened(notification())
    record = read_again(retry_out(first, attempts=3, postponed=1))
    (back,) = open_record(OpenRecord(record, read_at=1.0))

    assert (back.attempts, back.postponed) == (3, 1)
    assert (back.event, back.destination, back.route) == (
        first.event,
        first.destination,
        first.route,
    )
    assert abs(back.first_at - first.first_at) < timedelta(milliseconds=1)


def test_what_was_not_pushed_and_what_was_forwarded_to_us_goes_no_further() -> None:
    raw = notification()
    back = (*raw.request_headers, ("x-store-notifications-receipt", "r-0"))

    assert opened(replace(raw, origin=Origin.BACKFILL)) == []
    assert opened(replace(raw, request_headers=back)) == []


def test_a_record_that_is_no_notification_is_malformed() -> None:
    stray = replace(record_of(notification()), headers=())

    with pytest.raises(MalformedError):
        open_record(OpenRecord(stray, read_at=1.0))
    assert stray.topic == GENUINE


def test_the_environment_is_told_where_the_token_has_only_one() -> None:
    one = replace(notification(), environments=(Environment.SANDBOX,))

    assert opened(one)[0].event.environment == "SANDBOX"
    assert opened(notification())[0].event.environment == ""


def test_only_a_signature_with_a_clock_grows_too_old() -> None:
    minutes = timedelta(minutes=5)
    (stripe,), (apple,) = opened(notification()), opened(notification("app_store"))
    for delivery, past in ((stripe, minutes + timedelta(seconds=1)), (apple, None)):
        assert isinstance(delivery.event, Forwarded)
        late = delivery.event.received_at + minutes + timedelta(seconds=1)
        assert delivery.event.past_tolerance(late) == past
        assert delivery.event.past_tolerance(delivery.event.received_at + minutes) is None


def test_a_store_s_tolerance_is_the_one_by_which_we_verify() -> None:
    (timed,) = [store for store in ALL if store.signature_tolerance is not None]

    assert (timed.name, timed.signature_tolerance) == ("stripe", TOLERANCE)


def test_no_store_lets_a_credential_go_on() -> None:
    names = {name for store in ALL for name in store.signature_headers}

    assert names.isdisjoint({"authorization", "cookie", "x-api-key"})
    assert names == {name.lower() for name in names}
