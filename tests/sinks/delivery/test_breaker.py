"""The circuit breaker, with time as an argument."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sinks.delivery.breaker import Breaker, BreakerPolicy, BreakerState

START = datetime(2026, 9, 21, tzinfo=UTC)
POLICY = BreakerPolicy(
    failures=3, successes=2, cooldown=timedelta(seconds=5), cooldown_max=timedelta(seconds=60)
)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def opened(policy: BreakerPolicy = POLICY) -> Breaker:
    breaker = Breaker(policy=policy)
    for _ in range(policy.failures):
        breaker = breaker.failed(at(0))
    return breaker


def test_it_opens_after_so_many_failures_in_a_row_and_not_before() -> None:
    breaker = Breaker(policy=POLICY).failed(at(0)).failed(at(0))

    assert breaker.allows(at(0))
    assert not breaker.failed(at(0)).allows(at(0))


def test_a_success_in_between_begins_the_row_anew() -> None:
    breaker = Breaker(policy=POLICY)
    for _ in range(10):
        breaker = breaker.failed(at(0)).failed(at(0)).succeeded(at(0))

    assert breaker.state(at(0)) is BreakerState.CLOSED


def test_open_lets_nothing_through_until_the_cool_down_is_over() -> None:
    breaker = opened()

    assert breaker.state(at(4.9)) is BreakerState.OPEN
    assert not breaker.allows(at(4.9))
    assert breaker.state(at(5)) is BreakerState.HALF_OPEN


def test_half_open_lets_one_probe_through_at_a_time() -> None:
    breaker = opened()
    assert breaker.allows(at(5))

    probing = breaker.started(at(5))

    assert not probing.allows(at(6))
    assert probing.succeeded(at(6)).allows(at(6))


def test_enough_probes_that_succeed_close_it() -> None:
    once = opened().started(at(5)).succeeded(at(5))
    assert once.state(at(5)) is BreakerState.HALF_OPEN

    twice = once.started(at(6)).succeeded(at(6))

    assert twice == Breaker(policy=POLICY)


def test_a_probe_that_fails_opens_it_for_twice_as_long() -> None:
    again = opened().started(at(5)).failed(at(5))

    assert again.state(at(14.9)) is BreakerState.OPEN
    assert again.state(at(15)) is BreakerState.HALF_OPEN


def test_the_cool_down_has_an_upper_bound() -> None:
    breaker, now = opened(), 0.0
    for _ in range(40):
        now += 60
        breaker = breaker.started(at(now)).failed(at(now))

    assert breaker.allows(at(now + 60))


def test_answers_to_attempts_from_before_it_opened_change_nothing() -> None:
    breaker = opened()

    assert breaker.failed(at(1)) == breaker
    assert breaker.succeeded(at(1)) == breaker


@given(st.lists(st.sampled_from(["fail", "succeed", "wait"]), max_size=80))
def test_whatever_happens_it_lets_something_through_within_the_longest_cool_down(
    story: list[str],
) -> None:
    breaker, now = Breaker(policy=POLICY), 0.0
    for word in story:
        now += 30 if word == "wait" else 0.1
        if breaker.allows(at(now)):
            breaker = breaker.started(at(now))
            end = breaker.failed if word == "fail" else breaker.succeeded
            breaker = end(at(now))

    assert breaker.allows(at(now + 60))


def test_a_clock_that_was_set_back_does_not_keep_it_open() -> None:
    breaker = opened()
    day_before = at(-86_400)

    assert breaker.allows(day_before)
    assert not breaker.started(day_before).allows(day_before)
    assert breaker.failed(day_before).state(day_before) is BreakerState.OPEN
