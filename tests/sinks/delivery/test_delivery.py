"""A delivery between two attempts: all that it needs stands in the record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sinks.delivery.delivery import (
    OpenRecord,
    dead_out,
    read_delivery,
    retry_out,
    unreadable_out,
)
from streams.contracts import topics
from streams.contracts.errors import MalformedError
from streams.contracts.step import Out, Record
from tests.sinks.delivery.deliveries import NOW, delivery, record_of
from tests.sinks.events import event


def read_back(out: Out) -> Record:
    assert out.value is not None
    return Record(
        topic=out.topic, partition=1, offset=7, key=out.key, value=out.value, headers=out.headers
    )


def opened(record: Record) -> OpenRecord:
    return OpenRecord(record, read_at=5.0)


def test_a_retry_comes_back_as_the_same_delivery() -> None:
    sent = delivery(attempts=2, replay=True, first_at=NOW - timedelta(hours=3))

    back = read_delivery(opened(read_back(retry_out(sent, attempts=3, postponed=1))))

    assert back.event == sent.event
    assert back.destination == sent.destination
    assert back.first_at == sent.first_at
    assert (back.attempts, back.postponed, back.replay) == (3, 1, True)
    assert back.open.record.value == sent.open.record.value
    assert back.seed == sent.seed


def test_a_retry_keeps_the_key_so_that_a_customer_stays_on_one_partition() -> None:
    assert retry_out(delivery(), attempts=1, postponed=0).key == b"u-42"


def test_a_dead_letter_holds_the_event_and_why() -> None:
    out = dead_out(delivery(attempts=9), attempts=10, reason="exhausted: timeout", detail="d" * 900)
    headers = dict(out.headers)

    assert out.topic == topics.DELIVERIES_DEAD
    assert out.value == record_of(event()).value
    assert headers["destination"] == b"mine"
    assert headers["attempt"] == b"10"
    assert headers["reason"] == b"exhausted: timeout"
    assert headers["source"] == b"events:0:0"
    assert len(headers["detail"]) == 500


@pytest.mark.parametrize("missing", ["destination", "attempt", "first_at", "postponed"])
def test_a_retry_without_one_of_its_headers_is_malformed(missing: str) -> None:
    whole = read_back(retry_out(delivery(), attempts=1, postponed=0))
    headers = tuple(header for header in whole.headers if header[0] != missing)

    with pytest.raises(MalformedError, match=missing):
        read_delivery(opened(replace(whole, headers=headers)))


@pytest.mark.parametrize("value", [b"", b"-1", b"1.5", b"x", b"9" * 16, "\u0661".encode()])
def test_a_header_that_should_be_a_number_is_one_or_malformed(value: bytes) -> None:
    whole = read_back(retry_out(delivery(), attempts=1, postponed=0))
    others = tuple(header for header in whole.headers if header[0] != "attempt")

    with pytest.raises(MalformedError, match="attempt"):
        read_delivery(opened(replace(whole, headers=(*others, ("attempt", value)))))


def test_a_retry_whose_value_is_no_event_is_malformed() -> None:
    whole = read_back(retry_out(delivery(), attempts=1, postponed=0))

    with pytest.raises(MalformedError, match="id: is missing"):
        read_delivery(opened(replace(whole, value=b"{}")))


def test_what_can_not_be_read_is_kept_untouched_with_its_reason() -> None:
    record = Record(
        topic="events", partition=3, offset=9, key=b"k", value=b"\xff", headers=(("h", b"1"),)
    )

    out = unreadable_out(record, "malformed", "why")

    assert (out.topic, out.key, out.value) == (topics.DELIVERIES_DEAD, b"k", b"\xff")
    assert out.headers == (
        ("h", b"1"),
        ("reason", b"malformed"),
        ("detail", b"why"),
        ("source", b"events:3:9"),
    )


def test_a_record_read_twice_counts_for_itself_each_time() -> None:
    record = record_of(event())
    first, second = OpenRecord(record, read_at=0.0, left=2), OpenRecord(record, read_at=1.0, left=2)

    assert not first.one_ended()
    assert not second.one_ended()
    assert first.one_ended()
