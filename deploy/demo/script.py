"""The business's last days, deterministic by seed: who subscribed, what became of it, who tried to cheat.

Plain values only. The same seed and first day, told until a later moment, begins with the same beats.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from random import Random

from deploy.demo.catalog import CURRENCIES, CURRENCY_SHARES
from deploy.demo.happening import (
    APP_STORE,
    PLAY_STORE,
    PRODUCTION,
    SANDBOX,
    STRIPE,
    Business,
    Forged,
    Forgery,
    Happening,
    Subscription,
    Tracked,
)
from deploy.demo.story import Story
from deploy.demo.tales import TALES

SEED = 20
SIZE = 320  # subscriptions
DAYS = 90
_SPAN = timedelta(days=DAYS)
_EARLY = 1.7
_APPLE_SHARE = 0.6
_UNTRACKED, _LATE, _SANDBOX = 0.06, 0.05, 0.05
_FIRST_APPLE_ID = 2_000_000_000_000_000
_SEEDS_APART = 1_000_000_000  # so that businesses of several seeds never share an id
_FIRST_NEWCOMER = 100_000
_IDS_APART = 1000  # a purchase's transactions take the ids after its own
_FORGED_EVERY = 60  # happenings
_PLAY_SHARE = 7  # one Google purchase for that many others
_FIRST_PLAY = 500_000


def business(
    seed: int,
    size: int,
    first_day: datetime,
    until: datetime,
    newcomers: Sequence[datetime] = (),
) -> Business:
    """All that happened from `first_day` until `until`, in order of time.

    `newcomers`: when each of those began who come besides, at the App Store, while somebody watches.
    """
    count = size + max(0, (until - first_day - _SPAN) // _pace(size))
    begins = [_begins_at(seed, index, size, first_day) for index in range(count)]
    play = (_begins_at(seed, n, size, first_day) for n in range(0, size, _PLAY_SHARE))
    numbered = chain(
        enumerate(begins), enumerate(newcomers, _FIRST_NEWCOMER), enumerate(play, _FIRST_PLAY)
    )
    stories = [_story(seed, index, at, until) for index, at in numbered if at <= until]
    beats = [beat for story in stories for beat in story.beats]
    happenings = tuple(sorted(beats, key=lambda b: (b.at, b.subscription.id, b.number)))
    told = {beat.subscription.id for beat in happenings}
    return Business(
        first_day=first_day,
        until=until,
        subscriptions=tuple(s.subscription for s in stories if s.subscription.id in told),
        happenings=happenings,
        forged=_forged(happenings),
    )


def _begins_at(seed: int, index: int, size: int, first_day: datetime) -> datetime:
    """More of the first `size` at the beginning; later ones at a steady pace."""
    if index < size:
        share: float = Random(f"{seed}/{index}/begin").random() ** _EARLY
        return first_day + timedelta(seconds=int(_SPAN.total_seconds() * share))
    return first_day + _SPAN + _pace(size) * (index - size + 1)


def _pace(size: int) -> timedelta:
    return timedelta(seconds=_SPAN // timedelta(seconds=size))


def _story(seed: int, index: int, begins_at: datetime, until: datetime) -> Story:
    random = Random(f"{seed}/{index}")
    subscription = _subscription(random, seed, index)
    story = Story(random, subscription, begins_at, until)
    tales = TALES[subscription.store]
    tale = random.choices([t for t, _ in tales], [weight for _, weight in tales])[0]
    tale(story)
    return story


def _subscription(random: Random, seed: int, index: int) -> Subscription:
    store = _store(random, index)
    currency = random.choices(CURRENCIES, [CURRENCY_SHARES[c] for c in CURRENCIES])[0]
    draw = random.random()
    return Subscription(
        id=_subscription_id(store, seed, index, random),
        store=store,
        customer=f"customer-{index:04}",
        currency=currency,
        tracked=_tracked(draw),
        environment=SANDBOX if 1 - draw < _SANDBOX else PRODUCTION,
    )


def _store(random: Random, index: int) -> str:
    if index >= _FIRST_PLAY:
        return PLAY_STORE
    apple = random.random() < _APPLE_SHARE or index >= _FIRST_NEWCOMER
    return APP_STORE if apple else STRIPE


def _subscription_id(store: str, seed: int, index: int, random: Random) -> str:
    """The store's own id: Apple's original transaction id, Google's first token, Stripe's subscription."""
    if store == PLAY_STORE:
        return f"tidepool.AO-J1O{seed}.{random.getrandbits(96):024x}"
    if store == APP_STORE:
        return str(_FIRST_APPLE_ID + seed * _SEEDS_APART + index * _IDS_APART)
    return f"sub_1Tide{index:04}{random.getrandbits(48):012x}"


def _tracked(draw: float) -> Tracked:
    if draw < _UNTRACKED:
        return Tracked.NEVER
    return Tracked.LATE if draw < _UNTRACKED + _LATE else Tracked.AT_START


def _forged(happenings: tuple[Happening, ...]) -> tuple[Forged, ...]:
    ways = tuple(Forgery)
    models = happenings[_FORGED_EVERY // 2 :: _FORGED_EVERY]
    return tuple(
        Forged(how=ways[number % len(ways)], model=model) for number, model in enumerate(models)
    )
