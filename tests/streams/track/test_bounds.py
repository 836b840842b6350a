"""A purchase's state stays under 512 KiB, whatever its store tells: nothing is lost, no id used twice."""

from dataclasses import replace as replace_record
from datetime import timedelta

from msgspec.structs import replace

from streams.contracts.change import ChangeKind
from streams.contracts.codec import encode
from streams.contracts.ids import NotificationId
from streams.contracts.purchase import Notification
from streams.contracts.snapshot import Refund
from streams.contracts.words import Signal
from streams.track.bounds import MOST_BYTES
from streams.track.state import Point
from tests.streams.track.make import MONTH, START, Inbox, posted, said, standing, term

_SOON = timedelta(minutes=1)
_TERMS = 680  # of one message: a state of a little less than fits


def _renewed(n: int) -> Notification:
    at = START + (n - 1) * MONTH
    return said(f"renewal-{n:05}", at, Signal.RENEWED, term(n, f"receipt-{n:05}"), standing(n))


def _many_terms() -> Inbox:
    """A subscription of so many terms, told by one message."""
    inbox = Inbox()
    numbers = range(1, _TERMS + 1)
    told = [term(n, f"receipt-{n:05}") for n in numbers], [standing(n) for n in numbers]
    at = START + (_TERMS - 1) * MONTH
    inbox.feed(posted(), said("history", at, Signal.RENEWED, *told[0], *told[1]))
    return inbox


def _point(n: int) -> Point:
    """Renewal of the first term goes off, on, off, ..., a minute apart."""
    message = _switched(n)
    by = (round(message.occurred_at.timestamp() * 1000), message.notification_id)
    return Point(by, message.signal, message.snapshot.standings[0])


def _switched(n: int) -> Notification:
    signal = Signal.RENEWAL_ON if n % 2 == 0 else Signal.RENEWAL_OFF
    at = START + n * _SOON
    return said(f"switch-{n:05}", at, signal, standing(1, renews=n % 2 == 0))


_SWITCHES = 2 * round(0.48 * MOST_BYTES / len(encode(_point(2))))


def _switching() -> Inbox:
    """As it would be after so many switches: a state of a little less than fits."""
    inbox = Inbox()
    inbox.feed(posted(), said("first", START, Signal.PURCHASED, term(1), standing(1)))
    assert inbox.state is not None
    points = (*inbox.state.periods["-/tx1"], *map(_point, range(1, _SWITCHES + 1)))
    inbox.state = replace(inbox.state, periods={"-/tx1": points})
    return inbox


def _size(inbox: Inbox) -> int:
    return len(encode(inbox.state))


def test_a_subscription_of_very_many_terms_tells_each_of_them_once_and_keeps_the_newest() -> None:
    inbox = _many_terms()
    assert _size(inbox) > 0.9 * MOST_BYTES
    told = len(inbox.results[-1].changes)

    for n in range(_TERMS + 1, _TERMS + 101):
        (change,) = inbox.feed(_renewed(n)).changes
        assert (change.fact, change.renewal_number) == (f"txn/tx{n}", n)
        assert _size(inbox) <= MOST_BYTES

    assert told == _TERMS
    assert inbox.state is not None
    assert inbox.state.terms_dropped["-"] > 0
    assert f"-/tx{_TERMS + 100}" in inbox.state.periods


def test_a_refund_of_a_term_that_is_kept_is_told_when_others_are_gone() -> None:
    inbox = _many_terms()
    last = _TERMS + 100
    for n in range(_TERMS + 1, last + 1):
        inbox.feed(_renewed(n))
    at = START + last * MONTH

    refund = Refund(refund_id=f"tx{last}/1", refs=(f"tx{last}",), refunded_at=at)
    (change,) = inbox.feed(said("refund", at, Signal.REFUNDED, refund)).changes

    assert change.kind is ChangeKind.REFUNDED


def test_renewal_that_is_switched_without_end_has_an_id_of_its_own_each_time() -> None:
    inbox = _switching()

    for n in range(_SWITCHES + 1, _SWITCHES + 121):
        (change,) = inbox.feed(_switched(n)).changes
        kind = "on" if n % 2 == 0 else "off"
        assert change.fact.endswith(f"/-/tx1/{kind}/{(n + 1) // 2}")
        assert _size(inbox) <= MOST_BYTES

    assert inbox.state is not None
    assert inbox.state.points_dropped > 0


def test_what_comes_late_of_a_time_that_is_gone_tells_nothing() -> None:
    inbox = _switching()
    for n in range(_SWITCHES + 1, _SWITCHES + 121):
        inbox.feed(_switched(n))
    late = replace_record(_switched(2), notification_id=NotificationId("late"))

    assert inbox.state is not None
    assert inbox.state.before
    assert inbox.feed(late).changes == ()


def test_a_state_that_fits_is_left_as_it_is() -> None:
    inbox = Inbox()
    inbox.feed(posted(), *map(_renewed, range(1, 151)))

    assert inbox.state is not None
    assert len(inbox.state.transactions) == 150
    assert inbox.state.terms_dropped == {}
