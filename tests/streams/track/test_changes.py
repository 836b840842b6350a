"""The table of reasons has every pair, reasons follow the signal, and a refund knows of the end."""

from itertools import product

import pytest
from msgspec.structs import replace

from streams.contracts.change import ChangeKind
from streams.contracts.snapshot import Refund
from streams.contracts.words import Access, Reason, Signal
from streams.track.changes import WHY
from tests.streams.track.make import Inbox, day, posted, said, standing, term


def test_every_pair_of_difference_and_signal_has_its_entry() -> None:
    pairs = {(kind, signal) for kind, row in WHY.items() for signal in row}

    assert pairs == set(product(ChangeKind, Signal))


def test_an_end_after_a_failed_charge_is_a_billing_error() -> None:
    ended = WHY[ChangeKind.ENDED]

    assert ended[Signal.GRACE_ENDED].reason is Reason.BILLING_ERROR
    assert ended[Signal.EXPIRED].reason is Reason.UNSUBSCRIBE
    assert ended[Signal.REFUNDED].reason is Reason.CUSTOMER_SUPPORT
    assert ended[Signal.PAUSED].reason is Reason.SUBSCRIPTION_PAUSED


@pytest.mark.parametrize(("access", "until"), [(Access.EXPIRED, 5), (Access.ACTIVE, 30)])
def test_a_refund_tells_no_later_end_than_that_of_access(access: Access, until: int) -> None:
    inbox = Inbox()
    last = replace(standing(1, access), ended_at=day(5) if access.ended else None)
    inbox.feed(
        posted(),
        said("m1", day(0), Signal.PURCHASED, term(1), standing(1)),
        said("m2", day(5), Signal.STATE_CHANGED, last),
    )
    refund = Refund(refund_id="re1", refs=("tx1",), refunded_at=day(6))

    result = inbox.feed(said("m3", day(6), Signal.REFUNDED, refund))

    assert [(c.kind, c.expires_at) for c in result.changes] == [(ChangeKind.REFUNDED, day(until))]
