"""After the history: a notification every few seconds, so that there is something to watch.

At the App Store renewal is switched off and on, newcomers subscribe, and somebody forges. Stripe is
silent but for one purchase that nobody tracks: track it, and "Last received" moves with its next
notification. Only newcomers move MRR.
"""

from dataclasses import replace
from datetime import datetime
from itertools import cycle
from random import Random

from deploy.demo.happening import (
    APP_STORE,
    PAYING,
    PRODUCTION,
    STRIPE,
    Business,
    Forged,
    Forgery,
    Happening,
    Kind,
    Tracked,
)

UNTRACKED_EVERY, NEWCOMER_EVERY, FORGED_EVERY = 4, 7, 11  # turns


class Turns:
    """What happens at each turn: a purchase's renewal goes off, at the next turn on again.

    `silent`: the purchase at Stripe that nobody tracks; None when none of them still runs.
    """

    def __init__(self, business: Business) -> None:
        tracked = _running(business, APP_STORE, Tracked.AT_START)
        Random(0).shuffle(tracked)
        self._last = cycle([last for last in tracked for _ in range(2)])
        self._forgeries = cycle(Forgery)
        waiting = _running(business, STRIPE, Tracked.NEVER)
        self.silent = waiting[0] if waiting else None
        self._off: set[str] = set()

    def flip(self, at: datetime) -> Happening:
        return self._flipped(next(self._last), at)

    def speak(self, at: datetime) -> Happening:
        """Of the silent one, which nobody tracks."""
        assert self.silent is not None
        return self._flipped(self.silent, at)

    def forged(self, at: datetime) -> Forged:
        model = replace(next(self._last), at=at, number=_number(at))
        return Forged(how=next(self._forgeries), model=model)

    def _flipped(self, last: Happening, at: datetime) -> Happening:
        name = last.subscription.id
        renews = name in self._off
        self._off ^= {name}
        kind = Kind.RENEWAL_ON if renews else Kind.RENEWAL_OFF
        return replace(last, at=at, kind=kind, number=_number(at), renews=renews, times=1)


def _number(at: datetime) -> int:
    """The second it happened in: no other happening of a subscription has it, in any start."""
    return int(at.timestamp())


def _running(business: Business, store: str, tracked: Tracked) -> list[Happening]:
    """Of each production subscription that runs and pays, the last thing that happened to it."""
    newest = {one.subscription.id: one for one in business.happenings}
    return [
        one
        for one in newest.values()
        if one.kind in PAYING
        and one.renews
        and (one.subscription.store, one.subscription.tracked) == (store, tracked)
        and one.subscription.environment == PRODUCTION
    ]
