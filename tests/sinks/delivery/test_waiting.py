"""The queue of a lane: fair, and in order for each customer."""

from hypothesis import given
from hypothesis import strategies as st

from sinks.delivery.delivery import Delivery
from sinks.delivery.waiting import Waiting
from tests.sinks.delivery.deliveries import delivery, numbers


def taken(waiting: Waiting) -> list[Delivery]:
    """All that may start now."""
    found = []
    while (one := waiting.take()) is not None:
        found.append(one)
    return found


def test_first_come_is_first_served() -> None:
    waiting = Waiting()
    for number in range(3):
        waiting.add(delivery(number, customer=f"u-{number}"))

    assert numbers(taken(waiting)) == ["0", "1", "2"]


def test_the_second_event_of_a_customer_starts_when_the_first_has_ended() -> None:
    waiting = Waiting()
    for number, customer in enumerate(["a", "a", "b", "a"]):
        waiting.add(delivery(number, customer=customer))

    assert numbers(taken(waiting)) == ["0", "2"]
    waiting.ended(delivery(customer="a").event.customer_id)
    assert numbers(taken(waiting)) == ["1"]
    waiting.ended(delivery(customer="a").event.customer_id)
    assert numbers(taken(waiting)) == ["3"]
    assert len(waiting) == 0


def test_what_waited_too_long_is_removed_and_the_others_go_on() -> None:
    waiting = Waiting()
    waiting.add(delivery("old", customer="a", read_at=1.0))
    waiting.add(delivery("older-behind", customer="a", read_at=2.0))
    waiting.add(delivery("young-behind", customer="a", read_at=9.0))
    waiting.add(delivery("young", customer="b", read_at=9.0))

    late = waiting.remove_read_before(5.0)

    assert numbers(late) == ["old", "older-behind"]
    assert numbers(taken(waiting)) == ["young", "young-behind"]


def test_one_behind_a_delivery_that_is_under_way_can_be_removed() -> None:
    waiting = Waiting()
    waiting.add(delivery("under way", customer="a", read_at=1.0))
    assert waiting.take() is not None
    waiting.add(delivery("behind", customer="a", read_at=2.0))

    assert numbers(waiting.remove_read_before(5.0)) == ["behind"]
    assert len(waiting) == 0


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["add", "take", "end", "late"])),
        max_size=60,
    )
)
def test_nothing_is_lost_or_doubled_and_a_customer_never_has_two_under_way(
    story: list[tuple[str, str]],
) -> None:
    waiting, under_way, seen = Waiting(), [], []
    for moment, (customer, word) in enumerate(story):
        if word == "add":
            waiting.add(delivery(moment, customer=customer, read_at=float(moment)))
        elif word == "take" and (one := waiting.take()) is not None:
            under_way.append(one)
            seen.append(one)
        elif word == "end" and under_way:
            waiting.ended(under_way.pop(0).event.customer_id)
        elif word == "late":
            seen += waiting.remove_read_before(moment - 10)
        customers = [one.event.customer_id for one in under_way]
        assert len(set(customers)) == len(customers)
    seen += waiting.clear()

    added = [str(moment) for moment, (_, word) in enumerate(story) if word == "add"]
    assert sorted(numbers(seen)) == sorted(added)
    assert len(waiting) == 0
