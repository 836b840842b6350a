"""A pointer without credentials: told once, back every day, for 60 days."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from streams.contracts import topics
from streams.contracts.codec import decode, encode
from streams.contracts.ids import AppId, NotificationId, ReceiptId, StoreName
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.purchase import Pointer
from streams.contracts.step import Out, Record
from streams.contracts.words import Environment, Origin, Signal
from streams.kafka.delay_steps import due_ms, target, unix_ms
from streams.kafka.delay_steps import released as fired
from streams.lookup.pointers import TOLD, released, unanswered

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
POINTER = Pointer(
    app_id=AppId("tidepool"),
    store=StoreName("play_store"),
    environments=(Environment.PRODUCTION,),
    purchase_id="token-1",
    type="SUBSCRIPTION_RENEWED",
    signal=Signal.RENEWED,
    notification_id=NotificationId("1234567890"),
    occurred_at=NOW,
    received_at=NOW,
    receipt_id=ReceiptId("receipt-1"),
    origin=Origin.NOTIFICATION,
)


def record(pointer: Pointer = POINTER, *, told: bool = False) -> Record:
    return Record(
        topic=topics.POINTERS,
        partition=2,
        offset=7,
        key=None,
        value=encode(pointer),
        headers=((TOLD, b"1"),) if told else (),
    )


def as_read(out: Out) -> Record:
    """A record of a delay topic, as the delay role reads it."""
    return Record(
        topic=out.topic,
        partition=0,
        offset=0,
        key=out.key,
        value=out.value or b"",
        headers=out.headers,
        timestamp_ms=unix_ms(NOW),
    )


def test_the_first_time_it_is_told_and_waits_a_day() -> None:
    told, waiting = unanswered(record(), POINTER, NOW)

    outcome = decode(told.value or b"", Outcome)
    assert (told.topic, told.key) == (topics.OUTCOMES, b"tidepool/play_store")
    assert outcome.kind is OutcomeKind.NEEDS_CREDENTIALS
    assert outcome.purchase_key == "tidepool/play_store/PRODUCTION/token-1"
    assert (outcome.receipt_id, outcome.notification_type) == ("receipt-1", "SUBSCRIPTION_RENEWED")
    assert (outcome.source, outcome.source_offset) == (f"{topics.POINTERS}/2", 7)
    assert waiting.topic == "delay.24h"
    assert target(as_read(waiting)) == topics.POINTERS
    assert due_ms(as_read(waiting)) == unix_ms(NOW + timedelta(days=1))


def test_when_it_comes_back_it_is_the_same_pointer_and_is_not_told_again() -> None:
    _, waiting = unanswered(record(), POINTER, NOW)
    back = fired(as_read(waiting), now=NOW + timedelta(days=1))

    assert (back.topic, back.value) == (topics.POINTERS, encode(POINTER))
    (again,) = unanswered(as_read(back), POINTER, NOW + timedelta(days=1))
    assert again.topic == "delay.24h"


def test_for_sixty_days_and_no_longer() -> None:
    assert len(unanswered(record(told=True), POINTER, NOW + timedelta(days=60))) == 1
    assert unanswered(record(told=True), POINTER, NOW + timedelta(days=60, seconds=1)) == ()


def test_one_that_is_too_old_from_the_start_is_told_all_the_same() -> None:
    (told,) = unanswered(record(), POINTER, NOW + timedelta(days=61))

    assert told.topic == topics.OUTCOMES


def test_what_we_ask_ourselves_does_not_wait_because_it_falls_due_again() -> None:
    asked = replace(POINTER, origin=Origin.REFRESH)

    assert unanswered(record(asked), asked, NOW) == ()


def test_without_a_known_environment_the_outcome_names_no_purchase() -> None:
    both = replace(POINTER, environments=tuple(Environment), signal=Signal.UNKNOWN)

    outcome = decode(unanswered(record(both), both, NOW)[0].value or b"", Outcome)

    assert (outcome.environment, outcome.purchase_key, outcome.unknown) == (None, "", True)


def test_a_release_writes_the_first_copy_again_and_no_other() -> None:
    (out,) = released(record(), POINTER, NOW)

    assert (out.topic, out.value, out.headers) == (
        topics.POINTERS,
        encode(POINTER),
        ((TOLD, b"1"),),
    )
    assert released(record(told=True), POINTER, NOW) == ()


@pytest.mark.parametrize("days", [60, 61])
def test_a_release_leaves_out_what_waited_for_too_long(days: int) -> None:
    assert len(released(record(), POINTER, NOW + timedelta(days=days))) == (days == 60)
