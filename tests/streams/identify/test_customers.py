"""A change becomes an event of its customer, once; rates stay with what they priced."""

from dataclasses import replace
from datetime import timedelta

import pytest

from streams.contracts.change import Change, ChangeKind
from streams.contracts.errors import ConfigError, MalformedError
from streams.contracts.event import Event, EventType
from streams.contracts.money import Rate
from streams.identify.customers import Identified, Place, apply
from streams.identify.state import CustomerState, Position, read_state
from streams.normalize.money import RateTable
from tests.streams.identify.make import Inbox
from tests.streams.normalize.make import (
    EURO,
    MONTH,
    PROJECT,
    START,
    U1,
    U2,
    change,
    day,
    euros,
    refund,
    term,
)

STARTED = change(ChangeKind.STARTED, term(1))
RENEWED = change(ChangeKind.RENEWED, term(2))
REFUNDED = change(
    ChangeKind.REFUNDED, term(1), refund=refund(), fact="refund/re1", at=day(40), product_id="pro"
)
LEAVES = change(
    ChangeKind.TRANSFERRED,
    term(1),
    fact="transfer/r1",
    at=day(5),
    transferred_from=U1,
    transferred_to=U2,
)
ARRIVES = replace(LEAVES, customer_id=U2)


def applied(state: CustomerState | None, told: Change, position: Position) -> Identified:
    return apply(state, told, Place(told.customer_id, position), PROJECT, RateTable())


def usd(event: Event) -> int:
    assert event.price_usd_micros is not None
    return event.price_usd_micros


def test_a_first_change_makes_the_customer_and_tells_one_event() -> None:
    inbox = Inbox()
    (event,) = inbox.hear(STARTED)
    assert event.id == STARTED.event_id
    assert event.aliases == (U1,)
    customer = inbox.customer
    assert customer is not None
    assert customer.customer_id == customer.original_customer_id == U1
    assert [held.product_id for held in customer.purchases] == ["pro"]


def test_a_replay_of_an_applied_position_gives_nothing() -> None:
    state = applied(None, STARTED, (3, 10)).state
    for offset in (10, 9, 0):
        assert applied(state, RENEWED, (3, offset)) == Identified(state=state)


def test_a_change_told_again_at_a_new_position_is_the_same_event() -> None:
    inbox = Inbox(EURO)
    assert inbox.hear(STARTED) == inbox.hear(STARTED)


def test_a_position_of_another_partition_is_no_replay() -> None:
    state = applied(None, STARTED, (3, 10)).state
    assert len(applied(state, RENEWED, (4, 2)).events) == 1


def test_a_change_that_moves_nothing_of_the_record_gives_no_customer() -> None:
    state = applied(None, STARTED, (0, 0)).state
    again = applied(state, STARTED, (0, 1))
    assert again.customer is None
    assert len(again.events) == 1


def test_a_customer_is_first_seen_when_the_oldest_purchase_began() -> None:
    inbox = Inbox()
    inbox.hear(RENEWED)
    inbox.hear(change(ChangeKind.ENDED, term(1), fact="end/1", at=day(30)))
    assert inbox.customer is not None
    assert inbox.customer.first_seen_at == START
    assert inbox.customer.last_seen_at == day(30)


def test_a_price_is_told_at_the_rate_of_the_purchase_day() -> None:
    later = Rate(currency="EUR", day="2026-03-11", usd_micros=2_000_000)
    (event,) = Inbox(EURO, later).hear(STARTED)
    assert (event.price_usd_micros, event.rate_day) == (8_690_355, EURO.day)


def test_a_full_refund_after_other_rates_came_nets_to_zero() -> None:
    inbox = Inbox(EURO)
    (paid,) = inbox.hear(STARTED)
    inbox.rates.add(Rate(currency="EUR", day=EURO.day, usd_micros=9_000_000))
    (back,) = inbox.hear(REFUNDED)
    assert usd(paid) + usd(back) == 0
    assert back.rate_day == EURO.day


def test_refunds_of_parts_use_the_rate_of_the_purchase() -> None:
    inbox = Inbox(EURO)
    inbox.hear(STARTED)
    (back,) = inbox.hear(replace(REFUNDED, refund=refund(euros("2.00"))))
    assert back.price_usd_micros == -2_175_308
    assert back.rate_usd_micros == EURO.usd_micros


def test_what_was_told_without_a_rate_is_refunded_without_one() -> None:
    inbox = Inbox()
    (paid,) = inbox.hear(STARTED)
    inbox.rates.add(EURO)
    (back,) = inbox.hear(REFUNDED)
    assert paid.price_usd_micros is back.price_usd_micros is None
    assert (paid.price_micros, back.price_micros) == (7_990_000, -7_990_000)


def test_a_purchase_told_again_after_a_better_rate_came_keeps_the_first() -> None:
    inbox = Inbox(EURO)
    (first,) = inbox.hear(STARTED)
    inbox.rates.add(Rate(currency="EUR", day=EURO.day, usd_micros=9_000_000))
    assert inbox.hear(STARTED) == (first,)


def test_a_refund_of_a_purchase_that_another_customer_was_told_uses_the_purchase_day() -> None:
    (back,) = Inbox(EURO).hear(REFUNDED)
    assert (back.price_usd_micros, back.rate_day) == (-8_690_355, EURO.day)


def test_usd_needs_no_rate_and_keeps_none() -> None:
    dollars = replace(euros("7.99"), currency="USD")
    inbox = Inbox()
    (event,) = inbox.hear(change(ChangeKind.STARTED, term(1, price=dollars)))
    assert (event.price_usd_micros, event.rate_usd_micros) == (7_990_000, 1_000_000)
    assert inbox.state is not None
    assert inbox.state.rates == {}


def test_a_transfer_is_told_once_by_the_one_who_gets_the_purchase() -> None:
    origin, destination = Inbox(EURO), Inbox(EURO)
    origin.hear(STARTED)
    assert origin.hear(LEAVES) == ()
    assert origin.customer is not None
    assert origin.customer.purchases == ()
    (event,) = destination.hear(ARRIVES)
    assert event.type is EventType.TRANSFER
    assert (event.transferred_from, event.transferred_to) == ((U1,), (U2,))
    assert destination.customer is not None
    (held,) = destination.customer.purchases
    assert (held.product_id, held.transaction_id) == ("pro", "tx1")
    assert held.purchased_at == START


def test_a_transfer_leaves_the_other_purchases_where_they_are() -> None:
    origin = Inbox()
    origin.hear(STARTED)
    origin.hear(change(ChangeKind.STARTED, term(1), purchase="2000"))
    origin.hear(LEAVES)
    assert origin.customer is not None
    assert [held.purchase_key[-4:] for held in origin.customer.purchases] == ["2000"]


def test_a_transfer_without_its_sides_is_refused() -> None:
    with pytest.raises(MalformedError):
        Inbox().hear(replace(ARRIVES, transferred_from=None))


def test_a_change_that_names_no_product_is_told_and_held_nowhere() -> None:
    inbox = Inbox()
    (event,) = inbox.hear(change(ChangeKind.ENDED, product_id=None))
    assert event.product_id is None
    assert inbox.customer is not None
    assert inbox.customer.purchases == ()


def test_the_events_of_a_customer_carry_when_they_were_first_seen() -> None:
    inbox = Inbox()
    inbox.hear(STARTED)
    (event,) = inbox.hear(RENEWED)
    assert event.customer_first_seen_at == START
    assert event.occurred_at == START + MONTH


def test_a_state_written_by_a_newer_version_stops_the_worker() -> None:
    with pytest.raises(ConfigError, match="upgrade every identify worker"):
        read_state(
            b'{"schema":99,"customer_id":"u","original_customer_id":"u",'
            b'"first_seen_at":"2026-01-01T00:00:00Z","last_seen_at":"2026-01-01T00:00:00Z"}'
        )


def test_no_state_is_read_as_none() -> None:
    assert read_state(None) is None


def test_changes_a_moment_apart_are_seen_a_moment_apart() -> None:
    inbox = Inbox()
    inbox.hear(STARTED)
    inbox.hear(change(ChangeKind.RENEWAL_OFF, fact="off/1", at=START + timedelta(milliseconds=1)))
    assert inbox.customer is not None
    assert inbox.customer.last_seen_at - inbox.customer.first_seen_at == timedelta(milliseconds=1)
