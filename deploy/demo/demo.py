"""The demo's steps, used by deploy/up and by the end-to-end tests alike: rates, tracking, posting, waiting.

It knows the service only by its public routes, and `python -m streams rates import`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from deploy.demo.expected import expected
from deploy.demo.happening import Business, Tracked
from deploy.demo.play import Part, part_of, tell
from deploy.demo.posts import Stores
from deploy.demo.rates import Rates, as_csv, invented
from deploy.demo.service import Service
from deploy.demo.settling import Counts, look, settle
from deploy.demo.truth import Truth, truth

Run = Callable[..., Awaitable[str]]
"""`python -m ...` in the service's environment."""
Tell = Callable[[str], None]


def silent(_text: str) -> None:
    """A Tell that says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """`folder`: where the file of rates is written."""

    folder: Path
    service: Service
    stores: Stores
    run: Run
    say: Tell = silent

    async def import_rates(self, first_day: date, last_day: date) -> None:
        file = self.folder / "invented-rates.csv"
        file.write_text(as_csv(invented(first_day, last_day)))
        await self.run("streams", "rates", "import", str(file))

    async def play(self, part: Part) -> Counts:
        """Track, post, wait, track the late ones, wait; what is there in the end."""
        before = await look(self.service)
        first = part.beginnings(Tracked.AT_START)
        await self.service.track(first)
        wanted = replace(before, tracked=before.tracked + len(first))
        await settle(self.service, wanted, self.say)
        posted = await tell(part, self.stores, self.service, self._told)
        wanted = replace(wanted, outcomes=before.outcomes + posted)
        await settle(self.service, wanted, self.say)
        late = part.beginnings(Tracked.LATE)
        await self.service.track(late)
        wanted = replace(
            wanted,
            tracked=wanted.tracked + len(late),
            events=before.events + expected(part.happenings).total(),
            webhooks=before.webhooks + expected(part.happenings).total(),
        )
        return await settle(self.service, wanted, self.say)

    def _told(self, posted: int) -> None:
        self.say(f"{posted} notifications posted")


def truth_of(business: Business, now: datetime) -> Truth:
    """Of what has been played."""
    return truth(business.happenings, rates_of(business, now), business.first_day.date(), now)


def rates_of(business: Business, now: datetime) -> Rates:
    return invented(business.first_day.date(), now.date())
