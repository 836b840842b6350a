"""What the app's own backend posts is counted once; nothing else ever is."""

from dataclasses import replace

from streams.contracts.money import Money
from streams.contracts.outcome import OutcomeKind
from streams.contracts.words import Origin, Signal
from tests.streams.track.make import Inbox, day, posted, project, said, standing, term


def counted(inbox: Inbox) -> list[tuple[str, Money | None]]:
    return [
        (outcome.store, outcome.price)
        for result in inbox.results
        for outcome in result.outcomes
        if outcome.kind is OutcomeKind.POSTED
    ]


def test_each_purchase_counts_once_by_its_first_production_post() -> None:
    inbox = Inbox()
    price = Money(micros=9_990_000, currency="USD")

    inbox.feed(posted("u-1", ships=False))
    inbox.feed(posted("u-1", day(1), ships=True, price=price))
    inbox.feed(posted("u-1", day(2), ships=True, price=price))

    assert counted(inbox) == [("-", price)]


def test_notifications_on_their_own_never_count() -> None:
    inbox = Inbox(project(track_new="anonymous"))

    inbox.feed(said("m1", day(0), Signal.PURCHASED, term(1), standing(1)))

    assert counted(inbox) == []


def test_an_import_never_counts() -> None:
    inbox = Inbox()

    inbox.feed(replace(posted(ships=False), origin=Origin.IMPORT, posted=False))

    assert counted(inbox) == []


def test_the_same_posts_count_the_same_with_and_without_notifications() -> None:
    quiet, loud = Inbox(), Inbox()
    price = Money(micros=5_000_000, currency="EUR")
    quiet.feed(posted("u-1", ships=True, price=price))

    loud.feed(said("m1", day(0), Signal.PURCHASED, term(1), standing(1)))
    loud.feed(posted("u-1", ships=True, price=price))
    loud.feed(said("m2", day(30), Signal.RENEWED, term(2), standing(2)))

    assert counted(loud) == counted(quiet)
