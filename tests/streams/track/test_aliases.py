"""Other names of a purchase: what waits under a payment's key reaches its subscription."""

import pytest

from streams.contracts.change import ChangeKind
from streams.contracts.errors import RejectedError
from streams.contracts.ids import PurchaseKey
from streams.contracts.outcome import OutcomeKind
from streams.contracts.purchase import Notification, Tracking
from streams.contracts.snapshot import Refund
from streams.contracts.words import Origin, Signal
from streams.track.aliases import MOST_HOPS
from tests.streams.track.make import KEY, Inbox, alias, day, posted, said, standing, term

PAYMENT = PurchaseKey("app/app_store/PRODUCTION/pi_1")
INVOICE = PurchaseKey("app/app_store/PRODUCTION/in_1")
REFUND = said(
    "r",
    day(3),
    Signal.REFUNDED,
    Refund(refund_id="re_1", refs=("pi_1",), refunded_at=day(3)),
    key=PAYMENT,
)


def test_a_refund_waits_under_its_payment_until_the_aliases_arrive() -> None:
    payment, invoice, subscription = Inbox(), Inbox(), Inbox()
    billed = term(1, "in_1")
    subscription.feed(posted(), said("m1", day(0), Signal.PURCHASED, billed, standing(1)))

    parked = payment.feed(REFUND)
    (onward,) = payment.feed(alias(PAYMENT, INVOICE, "in_1")).forwards
    assert isinstance(onward[0], Notification)
    invoice.feed(onward[0], hops=onward[1])
    (home,) = invoice.feed(alias(INVOICE, KEY, "in_1")).forwards
    assert isinstance(home[0], Notification)
    result = subscription.feed(home[0], hops=home[1])

    assert parked.outcomes[0].kind is OutcomeKind.PARKED
    assert [c.kind for c in result.changes] == [ChangeKind.REFUNDED]
    assert result.changes[0].origin is Origin.PARKED


def test_a_known_alias_forwards_at_once_and_keeps_the_origin() -> None:
    payment = Inbox()
    payment.feed(alias(PAYMENT, INVOICE, "in_1"))

    result = payment.feed(REFUND)

    (record, hops), *rest = result.forwards
    assert not rest
    assert isinstance(record, Notification)
    assert (record.purchase_key, record.origin, hops) == (INVOICE, Origin.NOTIFICATION, 1)
    assert record.snapshot.refunds[0].refs == ("in_1", "pi_1")
    assert not result.outcomes


def test_a_tracked_name_hands_its_customer_on() -> None:
    payment = Inbox()
    payment.feed(posted("u-7", key=PAYMENT))

    result = payment.feed(alias(PAYMENT, INVOICE, "in_1"))

    (tracking, _), *_ = result.forwards
    assert isinstance(tracking, Tracking)
    assert (tracking.customer_id, tracking.posted, tracking.purchase_key) == ("u-7", False, INVOICE)


def test_the_first_alias_stays() -> None:
    payment = Inbox()
    payment.feed(alias(PAYMENT, INVOICE, "in_1"), alias(PAYMENT, KEY, "other"))

    assert payment.state is not None
    assert payment.state.alias_of == INVOICE


def test_an_alias_of_itself_and_a_chain_too_long_are_refused() -> None:
    with pytest.raises(RejectedError, match="alias of itself"):
        Inbox().feed(alias(PAYMENT, PAYMENT, "x"))
    looped = Inbox()
    looped.feed(alias(PAYMENT, INVOICE, "in_1"))

    with pytest.raises(RejectedError, match="in a row"):
        looped.feed(REFUND, hops=MOST_HOPS)
