"""`python -m tests.bench.promise`: from what happened at a store to the webhook, with notifications and without.

Through the real processes, the demo's stores and their APIs. What happens is a renewal, at a moment
that is known: from then on the store's API shows it. With notifications it is posted at that moment.
Without, it is found when the purchase is due. Measured is the time from the due time to the webhook:
the due record that waits in a delay topic is written once more, to be released in a second instead of
in an hour, and all that follows is as ever. Computed, and marked so, is what comes before: how long
after a fact its purchase is due (half an hour after a period's end; a fact in mid-period lies anywhere
in the day between two questions).
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import quantiles

from deploy.demo.catalog import MONTHLY
from deploy.demo.happening import (
    APP_STORE,
    PLAY_STORE,
    STRIPE,
    Happening,
    Subscription,
)
from deploy.demo.posts import Stores
from deploy.demo.service import Service
from deploy.demo.story import Story
from streams.contracts import topics
from streams.contracts.codec import decode
from streams.contracts.inbox import to_inbox
from streams.contracts.purchase import Due
from streams.kafka.delay_steps import delayed
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from streams.track.due import AFTER_END, QUIET
from tests.bench.table import asked, show
from tests.conftest import free_ports
from tests.e2e.stack import Running, started
from tests.e2e.told import until_idle
from tests.faults.topics import read_all
from tests.receiver import Receiver

COUNT, EVERY = 40, 0.5  # purchases of each store, and seconds between two of one
_TITLES = {APP_STORE: "App Store", PLAY_STORE: "Google Play", STRIPE: "Stripe"}
_FIRST_QUESTIONS = 75.0  # seconds: a minute after it was posted each purchase is asked for
_RELEASED_IN = timedelta(seconds=1)
_PATIENCE = 180.0
_MINUTE, _HOUR = 60.0, 3600.0
_P50, _P90, _P99 = 49, 89, 98
Times = dict[str, float]
"""Monotonic seconds, by purchase."""
Life = tuple[Happening, Happening]
"""Bought, renewed."""
Lives = dict[str, list[Life]]
"""By store."""
Happen = Callable[[Life], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    service: Service
    receiver: Receiver
    stores: Stores
    kafka: KafkaSettings
    producer: Producer

    def told(self, type_: str) -> Times:
        """When the first webhook of that type came of each purchase."""
        found: Times = {}
        for post in self.receiver.posts:
            event = post.event
            if event["type"] == type_:
                key = event["store_notifications"]["purchase_key"]
                found.setdefault(key.rsplit("/", 1)[-1], post.at)
        return found

    async def until_told(self, type_: str, names: Sequence[str]) -> Times:
        deadline = time.monotonic() + _PATIENCE
        while not set(names) <= (found := self.told(type_)).keys():
            missing = len(set(names) - found.keys())
            assert time.monotonic() < deadline, f"{missing} of {len(names)} {type_} never came"
            await asyncio.sleep(0.2)
        return found


def main() -> None:
    (port,) = free_ports(1)
    webhooks = f"http://127.0.0.1:{port}/hook"
    with (
        tempfile.TemporaryDirectory() as folder,
        started(Path(folder), webhooks=webhooks) as running,
    ):
        asyncio.run(_measure(running, port))


async def _measure(running: Running, port: int) -> None:
    receiver = Receiver()
    receiver.port = port
    kafka = KafkaSettings(bootstrap=f"127.0.0.1:{running.site.ports.kafka}")
    async with (
        receiver,
        running.service() as service,
        Producer(kafka, client_id="promise") as producer,
    ):
        scene = Scene(
            service=service,
            receiver=receiver,
            stores=Stores(running.keys),
            kafka=kafka,
            producer=producer,
        )
        told, asked = _lives("told"), _lives("asked")
        tracked_at = time.monotonic()
        await _begin(scene, told, asked)
        with_them = await _with_notifications(scene, told)
        await asyncio.sleep(max(0.0, tracked_at + _FIRST_QUESTIONS - time.monotonic()))
        await until_idle(running.site)
        without = await _with_refresh(scene, asked)
    _show(with_them, without)


def _lives(kind: str) -> Lives:
    return {store: [_life(store, kind, n) for n in range(COUNT)] for store in _TITLES}


def _life(store: str, kind: str, number: int) -> Life:
    """By its store's clock it was bought a month ago and has renewed since."""
    first_id = 2_000_000_000_000_000 + (1_000_000 if kind == "told" else 2_000_000)
    own = f"{first_id + 1000 * number}" if store == APP_STORE else f"{kind}.{number:04}"
    subscription = Subscription(
        id=f"sub_{kind}{number:04}" if store == STRIPE else own,
        store=store,
        customer=f"{store}-{kind}-{number}",
        currency="USD",
    )
    now = datetime.now(UTC).replace(microsecond=0)
    story = Story(Random(number), subscription, now - timedelta(days=32), now)
    story.start(MONTHLY[store])
    story.renew()
    bought, renewed = (replace(beat, times=1) for beat in story.beats[:2])
    return bought, renewed


async def _begin(scene: Scene, *groups: Lives) -> None:
    """Everything was bought, tracked and told."""
    bought = [life[0] for lives in groups for each in lives.values() for life in each]
    await scene.service.know([one for one in bought if one.subscription.store != PLAY_STORE])
    await scene.service.track(bought)
    for one in bought:
        await _post(scene, one)
    await scene.until_told("INITIAL_PURCHASE", [one.subscription.id for one in bought])


async def _with_notifications(scene: Scene, lives: Lives) -> dict[str, list[float]]:
    """Milliseconds from the fact, which is posted at once, to the webhook."""
    happened: Times = {}

    async def happen(life: Life) -> None:
        happened[life[1].subscription.id] = time.monotonic()
        if life[1].subscription.store != PLAY_STORE:  # whose API is told with the message
            await scene.service.know([life[1]])
        await _post(scene, life[1])

    await _at_pace(lives, happen)
    return await _latencies(scene, lives, happened)


async def _post(scene: Scene, happening: Happening) -> None:
    for message in scene.stores.messages(happening):
        await scene.service.post(message)


async def _with_refresh(scene: Scene, lives: Lives) -> dict[str, list[float]]:
    """Milliseconds from the due time to the webhook: of the renewal nothing is posted."""
    outstanding = await _outstanding(scene.kafka)
    due: Times = {}

    async def happen(life: Life) -> None:
        await scene.service.know([life[1]])
        name, now = life[1].subscription.id, datetime.now(UTC)
        due[name] = time.monotonic() + _RELEASED_IN.total_seconds()
        record = to_inbox(outstanding[name])
        await scene.producer.send_all([delayed(record, due_at=now + _RELEASED_IN, now=now)])

    await _at_pace(lives, happen)
    return await _latencies(scene, lives, due)


async def _outstanding(kafka: KafkaSettings) -> dict[str, Due]:
    """The due time of each purchase that will be heeded: the last one that was written; of one
    moment the earlier, which took the place of the other."""
    found: dict[str, tuple[int, Due]] = {}
    for topic in topics.DELAYS:
        for record in await read_all(kafka, topic):
            if dict(record.headers).get(topics.HEADER_KIND) == b"due":
                due = decode(record.value or b"", Due)
                name = due.purchase_key.rsplit("/", 1)[-1]
                before = found.get(name, (0, due))
                later = (record.timestamp, before[1].due_at) > (before[0], due.due_at)
                if name not in found or later:
                    found[name] = (record.timestamp, due)
    return {name: due for name, (_, due) in found.items()}


async def _at_pace(lives: Lives, happen: Happen) -> None:
    """The stores side by side, each its purchases one after the other."""
    async with asyncio.TaskGroup() as group:
        for each in zip(*lives.values(), strict=True):
            for life in each:
                group.create_task(happen(life))
                await asyncio.sleep(EVERY / len(each))


async def _latencies(scene: Scene, lives: Lives, since: Times) -> dict[str, list[float]]:
    arrived = await scene.until_told("RENEWAL", list(since))
    return {
        store: [
            (arrived[name] - since[name]) * 1000
            for name in (life[0].subscription.id for life in each)
        ]
        for store, each in lives.items()
    }


def _show(told: dict[str, list[float]], asked: dict[str, list[float]]) -> None:
    columns = ("", "p50", "p90", "p99")
    show(
        f"Measured, ms: {COUNT} renewals of each store, {1 / EVERY:.0f} a second of each",
        columns,
        [
            *(
                (f"{_TITLES[s]}: from the fact, with notifications", *_spread(told[s]))
                for s in told
            ),
            *((f"{_TITLES[s]}: from the due time, without", *_spread(asked[s])) for s in asked),
        ],
    )
    day = QUIET.total_seconds()
    show(
        "From the fact to the webhook, p50 / p90 / p99 (without notifications: computed from the above)",
        ("", "with notifications", "without: a renewal", "without: in mid-period"),
        [
            (
                _TITLES[store],
                _promise(told[store], (0.0, 0.0, 0.0)),
                _promise(asked[store], (AFTER_END.total_seconds(),) * 3),
                _promise(asked[store], (0.5 * day, 0.9 * day, 0.99 * day)),
            )
            for store in told
        ],
    )


def _spread(lags: Sequence[float]) -> tuple[str, str, str]:
    cuts = quantiles(lags, n=100, method="inclusive")
    return f"{cuts[_P50]:,.0f}", f"{cuts[_P90]:,.0f}", f"{cuts[_P99]:,.0f}"


def _promise(lags: Sequence[float], before: Sequence[float]) -> str:
    """`before`: seconds from the fact to the due time, of each quantile."""
    cuts = quantiles(lags, n=100, method="inclusive")
    measured = (cuts[_P50], cuts[_P90], cuts[_P99])
    spans = [wait + lag / 1000 for wait, lag in zip(before, measured, strict=True)]
    return " / ".join(_span(seconds) for seconds in spans)


def _span(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.2f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.1f} min"
    return f"{seconds / _HOUR:.1f} h"


if __name__ == "__main__":
    asked(__doc__).parse_args()
    main()
