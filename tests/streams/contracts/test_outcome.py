"""Why a label is empty, when a secret looks wrong, and what led to an outcome."""

from datetime import UTC, datetime

import pytest

from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.outcome import (
    LastReceived,
    Outcome,
    OutcomeKind,
    stamped,
    why_empty,
    wrong_secret,
)
from streams.contracts.step import Record
from streams.contracts.words import Origin

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def label(rejected: int = 0, authentic: datetime | None = None, **counts: int) -> LastReceived:
    return LastReceived(
        app_id=AppId("app"),
        store=StoreName("app_store"),
        last_authentic_at=authentic,
        last_rejected_reason="signature" if rejected else "",
        counts={**counts, **({"rejected": rejected} if rejected else {})},
        first_rejections=rejected,
    )


@pytest.mark.parametrize(
    ("value", "posts", "why"),
    [
        (None, 0, "nothing came"),
        (label(), 0, "nothing came"),
        (label(rejected=12), 0, "12 rejected (signature)"),
        (label(parked=2, duplicate=1), 0, "3 authentic but untracked"),
        (None, 4, "4 posts to an unknown token"),
        (label(needs_credentials=3), 0, "3 waiting for the store's credentials"),
        (label(rejected=1, parked=1), 0, "1 rejected (signature); 1 authentic but untracked"),
        (label(test=1), 0, "1 tests that say nothing of a subscription"),
        (label(bug=2), 0, "2 failed here (see notifications.dead)"),
    ],
)
def test_an_empty_label_says_why(value: LastReceived | None, posts: int, why: str) -> None:
    assert why_empty(value, posts) == why


def test_a_label_that_is_set_needs_no_reason() -> None:
    value = LastReceived(app_id=AppId("app"), store=StoreName("app_store"), last_received_at=NOON)
    assert why_empty(value, 9) == ""


def test_five_first_notifications_with_a_wrong_signature_look_like_a_wrong_secret() -> None:
    """ "A token whose first 5 notifications all fail on signature raises 'wrong secret?'." """
    assert [wrong_secret(label(rejected=n)) for n in (0, 4, 5, 6)] == [False, False, True, True]
    assert not wrong_secret(label(rejected=5, authentic=NOON))
    assert not wrong_secret(None)


def test_outcomes_name_the_record_that_led_to_them() -> None:
    told = Outcome(
        kind=OutcomeKind.MATCHED,
        app_id=AppId("app"),
        store=StoreName("app_store"),
        received_at=NOON,
        receipt_id=ReceiptId("r"),
        origin=Origin.NOTIFICATION,
    )
    record = Record(topic="inbox", partition=3, offset=8, key=None, value=b"")
    named = stamped([told, told], record)
    assert [(each.source, each.source_offset, each.source_place) for each in named] == [
        ("inbox/3", 8, 0),
        ("inbox/3", 8, 1),
    ]
