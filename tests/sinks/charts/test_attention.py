"""A role that is not there is said to be, with what to do; one that waits as it should is not."""

import pytest

from sinks.charts.attention import LATE, behind, never_read, no_broker
from sinks.charts.lag_watch import TopicLag
from streams.contracts.errors import TransientError
from streams.contracts.topics import DELAYS

_LONG = LATE.total_seconds() + 1


def lag(group: str, topic: str, seconds: float, records: int = 11) -> TopicLag:
    return TopicLag(group=group, topic=topic, records=records, seconds=seconds)


@pytest.mark.parametrize(
    ("group", "command"),
    [
        ("track-v1", "python -m streams track"),
        ("lookup", "python -m streams lookup"),
        ("charts", "python -m sinks charts"),
    ],
)
def test_a_role_that_does_not_read_is_named_with_the_command_that_runs_it(
    group: str, command: str
) -> None:
    (one,) = behind([lag(group, "purchases.inbox.v1", _LONG)])
    assert "is behind: 11 records wait in purchases.inbox.v1, the oldest for 31 s." in one.what
    assert command in one.do


def test_a_moment_of_waiting_is_nothing() -> None:
    assert behind([lag("track-v1", "purchases.inbox.v1", _LONG - 2)]) == ()
    assert behind([lag("track-v1", "purchases.inbox.v1", 0.0, records=0)]) == ()


@pytest.mark.parametrize("topic", DELAYS)
def test_a_delay_is_late_only_beyond_its_own_length(topic: str) -> None:
    length = DELAYS[topic].total_seconds()
    assert behind([lag("delay", topic, length)]) == ()
    (one,) = behind([lag("delay", topic, length + _LONG)])
    assert "python -m streams delay" in one.do


def test_a_group_of_somebody_else_is_said_to_be_theirs() -> None:
    (one,) = behind([lag("warehouse", "events", _LONG, records=1)])
    assert "1 record waits" in one.what
    assert "none of this service's" in one.do


def test_a_broker_that_is_away_is_told_with_what_it_means_for_stores() -> None:
    one = no_broker(TransientError("no answer"))
    assert "(no answer)" in one.what
    assert "503" in one.what
    assert "SN_KAFKA" in one.do


def test_a_role_that_never_ran_has_no_lag_and_is_told_all_the_same() -> None:
    groups = ("verify-v1", "track-v1", "identify-v1", "receipts-v1", "lookup", "delay", "charts")
    read = [lag(group, "some", 0.0, records=0) for group in groups]
    assert never_read(read) == ()
    (one,) = never_read([each for each in read if each.group != "track-v1"])
    assert one.what.startswith("track has never read anything")
    assert one.do == "Start python -m streams track."
