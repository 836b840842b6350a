"""One customer of many ids, and purchases that change hands: what is shown in the end has no order."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.event import EventType
from streams.contracts.ids import CustomerId
from streams.identify.records import CustomerRecord
from streams.identify.seen import MOST_IDS
from streams.identify.state import read_state
from tests.streams.identify.network import (
    Network,
    alias,
    attributes,
    bought,
    renewal_off,
    transfer,
)
from tests.streams.normalize.make import START, U1, U2, day

ANON = CustomerId("$RCAnonymousID:0af3")
U3 = CustomerId("u-3")
IDS = (U1, U2, U3, ANON)


def after(*records: CustomerRecord) -> Network:
    network = Network()
    for record in records:
        network.put(record)
        network.deliver()
    return network


@pytest.mark.parametrize("pair", [(ANON, U1), (U1, ANON)])
def test_an_alias_is_found_by_both_ids_with_all_that_either_bought(
    pair: tuple[CustomerId, CustomerId],
) -> None:
    network = after(bought(ANON), bought(U1, "2000"), alias(*pair, 9))

    customer = network.find(ANON)

    assert customer is not None
    assert customer == network.find(U1)
    assert customer.aliases == (ANON, U1)
    assert [held.purchase_key[-4:] for held in customer.purchases] == ["1000", "2000"]
    assert len(network.shown) == 1


def test_the_id_shown_is_the_last_seen_that_names_somebody_and_the_original_the_first() -> None:
    network = after(bought(ANON), alias(ANON, U1, 1), renewal_off(ANON, sequence=8))

    customer = network.find(U1)

    assert customer is not None
    assert (customer.customer_id, customer.original_customer_id) == (U1, ANON)
    assert (customer.first_seen_at, customer.last_seen_at) == (START, day(8))
    assert network.events[-1].customer_id == U1
    assert network.events[-1].original_customer_id == ANON
    assert network.events[-1].aliases == (ANON, U1)


def test_of_two_that_name_somebody_the_last_seen_is_shown() -> None:
    network = after(bought(U1), alias(U1, U2, 1), renewal_off(U1, sequence=5))
    customer = network.find(U2)
    assert customer is not None
    assert customer.customer_id == U1
    later = after(bought(U1), alias(U1, U2, 9)).find(U1)
    assert later is not None
    assert later.customer_id == U2


def test_two_anonymous_ids_show_the_last_seen_of_them() -> None:
    other = CustomerId("$RCAnonymousID:ffff")
    customer = after(bought(ANON), bought(other, "2000"), alias(ANON, other, 9)).find(ANON)
    assert customer is not None
    assert customer.customer_id == other


def test_a_transfer_between_aliases_is_no_event_and_moves_nothing() -> None:
    network = after(bought(U1), alias(U1, U2), renewal_off(U1), *transfer(U1, U2))
    assert [event.type for event in network.events] == [
        EventType.INITIAL_PURCHASE,
        EventType.CANCELLATION,
    ]
    customer = network.find(U2)
    assert customer is not None
    assert customer.purchases[0].unsubscribed_at == day(2)


def test_a_transfer_names_every_id_of_who_gets_it_the_posted_one_first() -> None:
    network = after(bought(U1), alias(U2, U3), attributes(U2, 1), *transfer(U1, U3))
    event = network.events[-1]
    assert event.type is EventType.TRANSFER
    assert event.transferred_from == (U1,)
    assert event.transferred_to[0] == U3
    assert set(event.transferred_to) == set(event.aliases) == {U2, U3}


def test_a_transfer_takes_along_all_that_was_known_of_the_purchase() -> None:
    network = after(bought(U1), renewal_off(U1), *transfer(U1, U2))
    customer = network.find(U2)
    assert customer is not None
    (held,) = customer.purchases
    assert (held.unsubscribed_at, held.expires_at) == (day(2), day(30))
    state = network.states[U2]
    assert state is not None
    assert state.rates["txn/tx1"] is not None
    left = network.find(U1)
    assert left is not None
    assert left.purchases == ()


def test_a_purchase_that_is_new_to_a_customer_has_an_end_before_the_rest_is_here() -> None:
    network = after(bought(U1))
    arrives = transfer(U1, U2)[1]
    customer = after(arrives).find(U2)
    assert customer is not None
    assert customer.purchases[0].expires_at == day(30)
    assert network.find(U2) is None


def test_a_purchase_goes_on_to_the_last_owner_when_the_first_hand_over_comes_late() -> None:
    network = Network()
    network.put(bought(U1), *transfer(U1, U2, sequence=2), *transfer(U2, U3, sequence=3))
    network.deliver(lambda waiting: waiting - 1)
    owners = [name for name in IDS if (found := network.find(name)) and found.purchases]
    assert owners == [U3]


@pytest.mark.parametrize("early_first", [True, False])
def test_the_later_value_of_an_attribute_counts_whenever_it_comes(early_first: bool) -> None:
    early = attributes(U1, email=("a@b.co", 5), team=("red", 5))
    late = attributes(U2, email=("c@d.co", 6))
    told = (early, late) if early_first else (late, early)
    customer = after(*told, alias(U1, U2)).find(U1)
    assert customer is not None
    assert customer.attributes == {
        "email": {"value": "c@d.co", "updated_at_ms": 6},
        "team": {"value": "red", "updated_at_ms": 5},
    }


def test_an_attribute_taken_away_does_not_come_back_with_an_older_value() -> None:
    network = after(attributes(U1, email=("", 6)), attributes(U1, email=("a@b.co", 5)), bought(U1))
    assert network.events[0].attributes == {}
    again = after(attributes(U1, email=("", 6)), attributes(U1, email=("x@y.co", 7)), bought(U1))
    assert again.events[0].attributes == {"email": {"value": "x@y.co", "updated_at_ms": 7}}


def test_an_alias_of_itself_is_nothing() -> None:
    network = after(bought(U1), alias(U1, U1))
    customer = network.find(U1)
    assert customer is not None
    assert customer.aliases == (U1,)


def test_a_state_of_before_there_were_aliases_is_read() -> None:
    state = read_state(
        b'{"customer_id":"u","original_customer_id":"u","aliases":["u"],'
        b'"first_seen_at":"2026-01-01T00:00:00Z","last_seen_at":"2026-02-01T00:00:00Z"}'
    )
    assert state is not None
    assert list(state.seen) == ["u"]
    assert state.seen[CustomerId("u")].last_at > state.seen[CustomerId("u")].first_at


def test_a_customer_of_very_many_ids_keeps_the_first_and_the_newest_and_comes_to_rest() -> None:
    many = [CustomerId(f"id-{n:03}") for n in range(MOST_IDS + 20)]
    network = Network()
    network.put(*(alias(many[0], name, n) for n, name in enumerate(many)))
    network.deliver()
    network.put(bought(many[1]), *transfer(many[1], many[2]), attributes(many[3], 999))
    network.deliver()

    customer = network.find(many[-1])

    assert customer is not None
    assert len(customer.aliases) == MOST_IDS
    assert customer.original_customer_id == many[1]  # who bought on the first day
    assert len(customer.purchases) == 1


@st.composite
def a_purchase(draw: st.DrawFn, number: int) -> list[CustomerRecord]:
    """Bought, canceled and handed on, by ids that may or may not be one person's."""
    owner = draw(st.sampled_from(IDS))
    purchase = f"{number}000"
    told: list[CustomerRecord] = [bought(owner, purchase)]
    for sequence in range(2, 2 + draw(st.integers(0, 3))):
        next_owner = draw(st.sampled_from(IDS))
        if next_owner == owner:
            told.append(renewal_off(owner, purchase, sequence))
        else:
            told += transfer(owner, next_owner, purchase, sequence)
            owner = next_owner
    return told


@st.composite
def a_life(draw: st.DrawFn) -> list[CustomerRecord]:
    told = [*draw(a_purchase(1)), *draw(a_purchase(2))]
    names = st.sampled_from(IDS)
    told += [alias(draw(names), draw(names), at) for at in range(draw(st.integers(0, 4)))]
    for at in range(draw(st.integers(0, 3))):
        name, value = draw(st.sampled_from("ab")), draw(st.sampled_from(["", "x", "y"]))
        told.append(attributes(draw(names), at, **{name: (value, draw(st.integers(1, 3)))}))
    return told


def in_the_end(records: Sequence[CustomerRecord], random: Random) -> list[object]:
    """What every id shows once all has come, in a random order, some of it twice."""
    network = Network()
    twice = [*records, *(record for record in records if random.random() < 0.3)]
    random.shuffle(twice)
    network.put(*twice)
    network.deliver(random.randrange)
    return [network.find(name) for name in IDS]


@given(told=a_life(), seed=st.integers(0, 2**32))
def test_the_order_of_aliases_transfers_and_changes_leaves_no_trace(
    told: list[CustomerRecord], seed: int
) -> None:
    random = Random(seed)
    assert in_the_end(told, random) == in_the_end(told, random)
