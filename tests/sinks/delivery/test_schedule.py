"""When a failed delivery is tried again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sinks.delivery.schedule import RETRIES, REVENUECAT, Schedule


def test_the_steps_are_those_of_standard_webhooks_about_75_hours() -> None:
    seconds = [step.total_seconds() for step in RETRIES.steps]

    assert seconds == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert timedelta(hours=75) < sum(RETRIES.steps, timedelta()) < timedelta(hours=76)


def test_revenuecats_steps_are_five_in_155_minutes() -> None:
    minutes = [step / timedelta(minutes=1) for step in REVENUECAT.steps]

    assert minutes == [5, 10, 20, 40, 80]
    assert REVENUECAT.after(5, "e/d") is not None
    assert REVENUECAT.after(6, "e/d") is None


def test_after_the_last_step_there_is_no_other() -> None:
    assert RETRIES.after(9, "e/d") is not None
    assert RETRIES.after(10, "e/d") is None


@given(st.text(max_size=40), st.integers(1, 9))
def test_a_wait_is_within_a_tenth_of_its_step_and_always_the_same(seed: str, attempt: int) -> None:
    step = RETRIES.steps[attempt - 1]
    wait = RETRIES.after(attempt, seed)

    assert wait is not None
    assert step * 0.9 <= wait <= step * 1.1
    assert wait == RETRIES.after(attempt, seed)


def test_events_that_failed_together_do_not_come_back_together() -> None:
    waits = [RETRIES.after(2, f"event-{number}/mine") for number in range(10_000)]
    seconds = sorted(wait.total_seconds() for wait in waits if wait is not None)
    tenths = [sum(270 + 6 * i <= at < 276 + 6 * i for at in seconds) for i in range(10)]

    assert len(seconds) == 10_000
    assert all(850 < count < 1150 for count in tenths), tenths


def test_two_destinations_of_one_event_wait_differently() -> None:
    assert RETRIES.after(2, "event/one") != RETRIES.after(2, "event/two")


def test_put_off_deliveries_wait_longer_each_time_up_to_ten_minutes() -> None:
    waits = [RETRIES.postponement(times, "e/d") for times in range(8)]

    assert waits[0] < waits[1] < waits[2] < waits[3]
    assert all(wait <= timedelta(minutes=11) for wait in waits)
    assert all(wait >= timedelta(minutes=9) for wait in waits[3:])


def test_what_waits_for_days_comes_back_after_a_tenth_of_its_age_up_to_two_hours() -> None:
    for age, wait in {3: 18, 10: 60, 30: 120, 89: 120}.items():
        found = RETRIES.postponement(50, "e/d", timedelta(hours=age))
        assert timedelta(minutes=wait * 0.9) <= found <= timedelta(minutes=wait * 1.1)


def test_a_dead_receiver_s_event_goes_around_fewer_than_a_hundred_times() -> None:
    age, times = timedelta(), 0
    while age < RETRIES.patience:
        age += RETRIES.postponement(times, "e/d", age)
        times += 1

    assert times < 100


def test_patience_outlasts_the_longest_jitter() -> None:
    schedule = Schedule(steps=(timedelta(hours=1), timedelta(hours=2)))

    assert schedule.patience > timedelta(hours=3) * 1.1
