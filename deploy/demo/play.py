"""Plays a part of the business through the public routes: the stores post, the backend tracks.

Each subscription's messages go out one after the other, several subscriptions at once, as at the
stores; a purchase at Google is a lane of its own, because its next state may have to wait until the
service has asked for the present one. Purchases are tracked before their first message, or, the late
ones, after all of them.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from zlib import crc32

from deploy.demo.happening import PLAY_STORE, Business, Forged, Happening, Tracked
from deploy.demo.posts import Message, Stores
from deploy.demo.service import Service

_LANES = 16
Told = Callable[[int], None]
"""Called with how many messages have been posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is to be played now: all of a business that happened in some time."""

    happenings: Sequence[Happening]
    forged: Sequence[Forged] = ()

    def foreknown(self) -> list[Happening]:
        """What a store's API must know before anything of the part is posted. Google's is asked because
        of each message, so it knows no more than was posted."""
        return [one for one in self.happenings if one.subscription.store != PLAY_STORE]

    def beginnings(self, tracked: Tracked) -> list[Happening]:
        """The first of each subscription that begins in this part and is tracked so."""
        return [
            one
            for one in self.happenings
            if one.number == 0 and one.subscription.tracked is tracked
        ]


def part_of(business: Business, after: datetime | None) -> Part:
    """All of it, or what happened later than `after`."""
    if after is None:
        return Part(
            happenings=business.happenings,
            forged=business.forged,
        )
    return Part(
        happenings=[one for one in business.happenings if one.at > after],
        forged=[one for one in business.forged if one.model.at > after],
    )


async def tell(part: Part, stores: Stores, service: Service, told: Told) -> int:
    """Post every message of the part; returns how many there were."""
    lanes = _lanes(part, stores)
    done = 0

    async def post_all(lane: list[Message]) -> None:
        nonlocal done
        for message in lane:
            await service.post(message)
            done += 1
            told(done)

    async with asyncio.TaskGroup() as posting:
        for lane in lanes:
            posting.create_task(post_all(lane))
    return done


def messages(part: Part, stores: Stores) -> Iterable[tuple[str, Message]]:
    """What goes out, in order of time, each with the name of what it is about."""
    timed = chain(
        ((one.at, one.subscription.id, _of(one, stores)) for one in part.happenings),
        ((one.model.at, one.model.subscription.id, [stores.forged(one)]) for one in part.forged),
    )
    for _, name, out in sorted(timed, key=lambda one: one[0]):
        yield from ((name, message) for message in out)


def _of(happening: Happening, stores: Stores) -> list[Message]:
    return stores.messages(happening)


def _lanes(part: Part, stores: Stores) -> list[list[Message]]:
    lanes: dict[str, list[Message]] = {}
    for name, message in messages(part, stores):
        lane = name if message.store == PLAY_STORE else str(crc32(name.encode()) % _LANES)
        lanes.setdefault(lane, []).append(message)
    return list(lanes.values())
