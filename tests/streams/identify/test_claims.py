"""A store's account token names a customer that exists, else an anonymous one gets the purchase."""

from dataclasses import replace

from streams.contracts.change import Change
from streams.contracts.ids import CustomerId
from tests.streams.identify.network import Network, attributes, bought, renewal_off, transfer
from tests.streams.normalize.make import U1

ANON = CustomerId("$RCAnonymousID:0af3")


def by(token: CustomerId, change: Change) -> Change:
    return replace(change, through=token)


def delivered(network: Network, *changes: Change) -> Network:
    """As track addresses them: through the customer that the store names."""
    for change in changes:
        network.waiting.append((change.through or change.customer_id, change))
        network.deliver()
    return network


def test_the_token_of_a_known_customer_makes_the_purchase_theirs() -> None:
    network = Network()
    network.put(attributes(U1, email=("a@b.co", 1)))
    network.deliver()

    delivered(network, by(U1, bought(ANON)), by(U1, renewal_off(ANON)))

    customer = network.find(ANON)
    assert customer is not None
    assert customer == network.find(U1)
    assert [event.customer_id for event in network.events] == [U1, U1]
    assert network.events[0].attributes["email"]["value"] == "a@b.co"
    assert len(customer.purchases) == 1


def test_the_token_of_nobody_leaves_it_with_the_anonymous_customer_for_good() -> None:
    network = delivered(Network(), by(U1, bought(ANON)))
    network.put(attributes(U1, email=("a@b.co", 1)))
    network.deliver()

    delivered(network, by(U1, renewal_off(ANON)))

    assert [event.customer_id for event in network.events] == [ANON, ANON]
    named, unnamed = network.find(U1), network.find(ANON)
    assert named is not None
    assert unnamed is not None
    assert (len(named.purchases), len(unnamed.purchases)) == (0, 1)


def test_a_post_by_the_named_customer_later_is_a_transfer_to_them() -> None:
    network = delivered(Network(), by(U1, bought(ANON)))
    leaves, arrives = transfer(ANON, U1)

    delivered(network, by(U1, leaves), arrives)

    assert [event.type for event in network.events] == ["INITIAL_PURCHASE", "TRANSFER"]
    named, unnamed = network.find(U1), network.find(ANON)
    assert named is not None
    assert unnamed is not None
    assert (len(named.purchases), len(unnamed.purchases)) == (1, 0)
