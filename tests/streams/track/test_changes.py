"""The table of reasons has every pair, and reasons follow the signal."""

from itertools import product

from streams.contracts.change import ChangeKind
from streams.contracts.words import Reason, Signal
from streams.track.changes import WHY


def test_every_pair_of_difference_and_signal_has_its_entry() -> None:
    pairs = {(kind, signal) for kind, row in WHY.items() for signal in row}

    assert pairs == set(product(ChangeKind, Signal))


def test_an_end_after_a_failed_charge_is_a_billing_error() -> None:
    ended = WHY[ChangeKind.ENDED]

    assert ended[Signal.GRACE_ENDED].reason is Reason.BILLING_ERROR
    assert ended[Signal.EXPIRED].reason is Reason.UNSUBSCRIBE
    assert ended[Signal.REFUNDED].reason is Reason.CUSTOMER_SUPPORT
    assert ended[Signal.PAUSED].reason is Reason.SUBSCRIPTION_PAUSED
