"""The demo's steps, used by deploy/up and by the end-to-end tests alike: tracking, posting, waiting.

It knows the service by its public routes alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from deploy.demo.expected import expected
from deploy.demo.happening import Business, Tracked
from deploy.demo.play import Part, tell
from deploy.demo.posts import Stores
from deploy.demo.rates import Rates, as_csv, invented
from deploy.demo.service import Service
from deploy.demo.settling import look, settle
from deploy.demo.truth import Truth, truth

Tell = Callable[[str], None]


def silent(_text: str) -> None:
    """A Tell that says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`webhooks`: how many events the receiver must know by now. `missing`: "" when all came."""

    posted: int
    webhooks: int
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What it needs of the service; `say` is told how far it is."""

    service: Service
    stores: Stores
    say: Tell = silent

    async def play(self, part: Part, *, whole: bool = True) -> Result:
        """Track, post, wait, track the late ones, wait; what came of it.

        `whole`: the part is the whole history, so that the number of events is known, though some
        of it may have been played before; Google's connection check belongs to it.
        """
        before = await look(self.service)
        await self.service.know(part.foreknown())
        first, late = part.beginnings(Tracked.AT_START), part.beginnings(Tracked.LATE)
        known = 0 if whole else before.tracked
        wanted = replace(before, tracked=known + len(first))
        async with self.service.unasked():
            await self.service.track(first)
            await settle(self.service, wanted, self.say)
            posted = await tell(part, self.stores, self.service, self._told)
            if whole:
                await self.service.post(self.stores.connection_check(datetime.now(UTC)))
                posted += 1
            wanted = replace(wanted, outcomes=before.outcomes + posted)
            await settle(self.service, wanted, self.say)
        await self.service.track(late)
        wanted = replace(wanted, tracked=wanted.tracked + len(late))
        if whole:
            due = expected(part.happenings).total()
            wanted = replace(wanted, events=due, webhooks=due)
        reached = await settle(self.service, wanted, self.say)
        return Result(posted=posted, webhooks=wanted.webhooks, missing=reached.missing(wanted))

    def _told(self, posted: int) -> None:
        self.say(f"{posted} notifications posted")


def write_rates(file: Path, first_day: date, last_day: date) -> None:
    """For `python -m streams rates import`, before the first purchase is priced."""
    file.write_text(as_csv(invented(first_day, last_day)))


def truth_of(business: Business, now: datetime) -> Truth:
    """Of what has been played."""
    return truth(business.happenings, rates_of(business, now), business.first_day.date(), now)


def rates_of(business: Business, now: datetime) -> Rates:
    return invented(business.first_day.date(), now.date())
