"""Flips on a timeline: the laws on which event ids stand."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.snapshot import Standing
from streams.contracts.words import Signal
from streams.track.state import Point
from streams.track.timeline import flips, inserted, moves

points = st.builds(
    lambda at, message, renews: Point(
        (at, message), Signal.STATE_CHANGED, Standing(period="p", auto_renew=renews)
    ),
    st.integers(0, 9),
    st.sampled_from("abcdef"),
    st.sampled_from([True, False, None]),
)


def timeline(arrived: list[Point]) -> tuple[Point, ...]:
    line: tuple[Point, ...] = ()
    for point in arrived:
        line = inserted(line, point)
    return line


def switched_off(line: tuple[Point, ...]) -> int:
    return len(list(flips(line, lambda p: p.standing.auto_renew, start=True, into=False)))


@given(st.lists(points), st.randoms())
def test_a_timeline_is_the_same_in_every_order_of_arrival(
    arrived: list[Point], random: Random
) -> None:
    shuffled = [*arrived, *arrived]
    random.shuffle(shuffled)

    assert timeline(shuffled) == timeline(arrived)


@given(st.lists(points), points)
def test_a_late_point_never_lowers_the_count_of_flips(arrived: list[Point], late: Point) -> None:
    line = timeline(arrived)

    assert switched_off(inserted(line, late)) >= switched_off(line)
    assert len(list(moves(inserted(line, late), _renews, None))) >= len(
        list(moves(line, _renews, None))
    )


def _renews(point: Point) -> bool | None:
    return point.standing.auto_renew


def test_the_second_time_off_is_another_fact_than_the_first() -> None:
    line = timeline(
        [
            Point((at, "m"), Signal.STATE_CHANGED, Standing(period="p", auto_renew=value))
            for at, value in enumerate([False, True, False])
        ]
    )

    assert [flip.n for flip in flips(line, _renews, start=True, into=False)] == [1, 2]


def answer(at: int, renews: bool) -> Point:
    return Point((at, "due"), Signal.LOOKED_UP, Standing(period="p", auto_renew=renews))


def test_of_answers_that_say_the_same_the_first_and_the_last_are_kept() -> None:
    line = timeline([answer(at, renews=True) for at in range(1, 400)])

    assert [point.by[0] for point in line] == [1, 399]


def test_what_comes_late_between_answers_that_say_the_same_still_flips_and_flips_back() -> None:
    line = timeline([answer(at, renews=True) for at in range(1, 9)])
    late = Point((4, "m"), Signal.RENEWAL_OFF, Standing(period="p", auto_renew=False))

    off_and_on = list(moves(inserted(line, late), _renews, True))
    assert [flip.n for flip, _ in off_and_on] == [1, 2]
