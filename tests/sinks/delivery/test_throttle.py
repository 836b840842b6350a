"""How a lane slows down and recovers."""

from sinks.delivery.throttle import Throttle


def test_an_overloaded_receiver_halves_it_down_to_one() -> None:
    throttle = Throttle(10)
    limits = []
    for _ in range(5):
        throttle.slow()
        limits.append(throttle.limit)

    assert limits == [5, 2, 1, 1, 1]


def test_deliveries_bring_it_back_one_by_one_and_no_further() -> None:
    throttle = Throttle(4)
    throttle.slow()
    throttle.slow()
    limits = []
    for _ in range(1 + 2 + 3 + 10):
        throttle.delivered()
        limits.append(throttle.limit)

    assert limits == [2, 2, 3, 3, 3, 4] + [4] * 10


def test_a_receiver_that_was_never_slow_gets_all() -> None:
    throttle = Throttle(10)
    throttle.delivered()

    assert throttle.limit == 10
