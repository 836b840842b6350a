"""Goes on after the history, a turn every few seconds, and tells how to see "Last received" move."""

import asyncio
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from rich.markup import escape

from deploy.demo import played
from deploy.demo.demo import Demo
from deploy.demo.happening import STRIPE, Happening, Tracked
from deploy.demo.live import FORGED_EVERY, NEWCOMER_EVERY, UNTRACKED_EVERY, Turns
from deploy.demo.play import part_of
from deploy.demo.played import Played
from deploy.demo.posts import Message
from deploy.local.screen import Screen

_EVERY = 3.0  # seconds between two turns
_SETTLED = 1.0  # seconds after which an outcome is looked for
_INVITATION = """
[bold]Try it.[/bold] Stripe is silent now, but for one subscription that nobody tracks: it
speaks every {every:.0f} s, is kept, and Stripe's "Last received" stands still. Track it:

  curl {api}/v1/purchases \\
    -H "Authorization: Bearer $(cat {key})" \\
    -d '{{"store": "stripe", "subscription_id": "{id}",
         "app_user_id": "you", "environment": "PRODUCTION"}}'

What was kept comes out at once and leaves the label alone; its next one moves it.
Ctrl-C stops everything; the data stay for the next start.
"""


class Onward:
    """`folder`: the demo's own."""

    def __init__(self, folder: Path, demo: Demo, known: Played, screen: Screen) -> None:
        self._folder = folder
        self._demo = demo
        self._known = known
        self._screen = screen
        self._turns = Turns(known.business(datetime.now(UTC)))

    async def go_on(self) -> None:
        """Until it is cancelled."""
        self._invite()
        for number in count(1):
            await asyncio.sleep(_EVERY)
            await self._turn(number)

    def _invite(self) -> None:
        silent = self._turns.silent
        if silent is None:
            return
        text = _INVITATION.format(
            id=silent.subscription.id,
            every=_EVERY * UNTRACKED_EVERY,
            api=self._demo.service.addresses.api,
            key=os.path.relpath(self._folder / "backend-key"),
        )
        self._screen.line(text)

    async def _turn(self, number: int) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        if number % NEWCOMER_EVERY == 0:
            self._known = self._known.with_newcomer(now)
            played.write(self._folder, self._known)
        await self._happened(now)
        if number % UNTRACKED_EVERY == 0 and self._turns.silent is not None:
            await self._untracked(self._turns.speak(now))
        elif number % FORGED_EVERY == 0:
            await self._post(self._demo.stores.forged(self._turns.forged(now)), "forged")
        else:
            await self._turned(self._turns.flip(now))

    async def _happened(self, now: datetime) -> None:
        """What is due in the business's own life, newcomers included."""
        part = part_of(self._known.business(now), self._known.until)
        await self._demo.service.know(part.foreknown())
        await self._demo.service.track(part.beginnings(Tracked.AT_START))
        for happening in part.happenings:
            await self._told(happening)
        await self._demo.service.track(part.beginnings(Tracked.LATE))
        self._known = replace(self._known, until=now)
        played.write(self._folder, self._known)

    async def _turned(self, happening: Happening) -> None:
        """Of no script: its store's API learns of it now."""
        await self._demo.service.know([happening])
        await self._told(happening)

    async def _untracked(self, happening: Happening) -> None:
        await self._turned(happening)
        await asyncio.sleep(_SETTLED)
        label = await self._label()
        self._screen.line(f"          [bold]Stripe: {label['text']}[/bold]")

    async def _told(self, happening: Happening) -> None:
        for message in self._demo.stores.messages(happening):
            await self._post(message, happening.subscription.customer)

    async def _post(self, message: Message, about: str) -> None:
        started = time.monotonic()
        await self._demo.service.post(message)
        took = (time.monotonic() - started) * 1000
        at = datetime.now(UTC)
        line = f"{at:%H:%M:%S} {message.store:<9} {message.title:<46} {about:<13} {took:3.0f} ms"
        self._screen.line(escape(line))

    async def _label(self) -> dict[str, Any]:
        told = await self._demo.service.get(
            f"{self._demo.service.addresses.charts}/v1/last-received"
        )
        stores = told["apps"][0]["stores"]
        found: dict[str, Any] = next(store for store in stores if store["store"] == STRIPE)
        return found
