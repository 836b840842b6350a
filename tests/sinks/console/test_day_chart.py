"""The bars of a day: as high as they are many, everything that is there is seen, and words say the same."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sinks.console.day_chart import GROUPS, HEIGHT, HOURS, WIDTH, Counted, day_chart, first_hour
from streams.contracts.outcome import OutcomeKind

NOW = datetime(2026, 11, 27, 23, 55, 12, tzinfo=UTC)
FIRST = datetime(2026, 11, 27, 0, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_OF_POSTS = {"posted"}  # never of a store


def counted(hours: int, kind: str, count: int) -> Counted:
    return Counted(hour=FIRST + hours * _HOUR, kind=kind, count=count)


def test_a_day_is_the_running_hour_and_the_23_before_it() -> None:
    assert first_hour(NOW) == FIRST
    chart = day_chart([counted(0, "matched", 1), counted(23, "matched", 1)], NOW)
    assert [bool(hour.blocks) for hour in chart.hours] == [True, *[False] * 22, True]


def test_the_busiest_hour_is_the_highest_and_others_are_in_proportion() -> None:
    chart = day_chart([counted(3, "matched", 100), counted(4, "matched", 50)], NOW)
    full, half = (chart.hours[at].blocks[0].height for at in (3, 4))
    assert (chart.most, half) == (100, full / 2)


def test_one_rejected_among_many_is_still_seen_and_said() -> None:
    chart = day_chart([counted(3, "matched", 10_000), counted(3, "rejected", 1)], NOW)
    assert [block.group for block in chart.hours[3].blocks] == ["applied", "refused"]
    assert chart.hours[3].blocks[1].height >= 1
    assert chart.text == "10,000 matched, 1 rejected"
    assert chart.hours[3].text == "03:00 UTC: 10,000 matched, 1 rejected"


def test_every_outcome_has_its_group() -> None:
    grouped = [kind for kinds in GROUPS.values() for kind in kinds]
    assert {kind.value for kind in OutcomeKind} - _OF_POSTS == set(grouped)
    assert len(grouped) == len(set(grouped))


@given(
    st.lists(
        st.builds(
            counted,
            st.integers(0, HOURS - 1),
            st.sampled_from([kind.value for kind in OutcomeKind]),
            st.integers(1, 10**9),
        )
    )
)
def test_nothing_is_drawn_beyond_the_edges(counts: list[Counted]) -> None:
    for hour in day_chart(counts, NOW).hours:
        for block in hour.blocks:
            assert 0 <= block.x <= WIDTH - block.width
            assert 0 <= block.y <= HEIGHT - 1
