"""Directs the demo: the history once, a summary, then something every few seconds until it is cancelled.

A later start goes on with the same business: what happened to it meanwhile is played first.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from deploy.demo import played, summary
from deploy.demo.comparison import compare
from deploy.demo.demo import Demo
from deploy.demo.keys import Keys
from deploy.demo.onward import Onward
from deploy.demo.play import part_of
from deploy.demo.played import Played
from deploy.demo.posts import Stores
from deploy.demo.service import Addresses, Service
from deploy.local.screen import Screen
from deploy.local.site import Site
from streams.settings.environment import load_settings


def addresses_of(site: Site, receiver: str, stores: str) -> Addresses:
    return Addresses(
        notifications=site.notifications_url,
        api=site.api_url,
        charts=site.charts_url,
        receiver=receiver,
        stores=stores,
    )


@dataclass(slots=True, kw_only=True)
class Director:
    site: Site
    keys: Keys
    receiver: str
    stores: str
    screen: Screen

    async def direct(self) -> None:
        addresses = addresses_of(self.site, self.receiver, self.stores)
        charts_key = load_settings().charts_key
        async with Service(
            addresses, self.keys.tokens, self.keys.backend_key, charts_key
        ) as service:
            demo = Demo(service=service, stores=Stores(self.keys))
            known = await self._catch_up(demo)
            await Onward(self.site.demo, demo, known, self.screen).go_on()

    async def _catch_up(self, demo: Demo) -> Played:
        """The history, or what has happened since the last start; then how things stand."""
        now = datetime.now(UTC).replace(microsecond=0)
        known = played.read(self.site.demo) or played.begin(now)
        business = known.business(now)
        with self.screen.step("demo") as tell:
            first = known.until is None
            played.write(self.site.demo, known)
            part = part_of(business, known.until)
            result = await replace(demo, say=tell).play(part, whole=first)
            known = replace(known, until=now)
            played.write(self.site.demo, known)
            since = "90 days" if first else "what happened since the last start"
            tell(f"{since}, {result.posted:,} notifications posted")
        comparison = await compare(demo.service, business)
        gathered = await summary.gather(demo.service, comparison, result)
        shown = summary.shown(gathered, demo.service.addresses)
        self.screen.console.print(shown, soft_wrap=True)
        return known
