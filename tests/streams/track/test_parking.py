"""Parking is bounded by count, by size and by age, and what falls out is told."""

from dataclasses import replace

from streams.contracts.outcome import OutcomeKind
from streams.contracts.words import Signal
from streams.track.parking import KEPT, MOST_RECORDS
from tests.streams.track.make import Inbox, day, said, standing, term


def test_the_oldest_falls_out_when_there_are_too_many() -> None:
    inbox = Inbox()
    messages = [
        said(f"m{n:03}", day(n), Signal.RENEWED, term(n + 1), standing(n + 1))
        for n in range(MOST_RECORDS + 1)
    ]

    result = inbox.feed(*messages)

    dropped = [o for o in result.outcomes if o.kind is OutcomeKind.PARKED_DROPPED]
    assert [o.notification_id for o in dropped] == ["m000"]
    assert inbox.state is not None
    assert len(inbox.state.parked) == MOST_RECORDS
    assert inbox.state.parked_dropped == 1


def test_the_oldest_fall_out_when_they_are_too_large() -> None:
    inbox = Inbox()
    large = {"metadata.note": "x" * 100_000}

    result = inbox.feed(
        *(said(f"m{n}", day(n), Signal.RENEWED, term(1), identities=large) for n in range(3))
    )

    assert [o.kind for o in result.outcomes] == [OutcomeKind.PARKED, OutcomeKind.PARKED_DROPPED]


def test_what_waited_too_long_falls_out() -> None:
    inbox = Inbox()
    first = said("m1", day(0), Signal.PURCHASED, term(1))
    later = replace(said("m2", day(1), Signal.RENEWED, term(2)), received_at=day(0.1) + KEPT)

    result = inbox.feed(first, later)

    assert [o.notification_id for o in result.outcomes] == ["m2", "m1"]
