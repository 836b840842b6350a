"""`python -m tests.bench.latency`: how long from a store's POST to the 200, the webhook, the chart row.

100 new subscriptions a second for 30 seconds through the real processes, beside what the same
machine needs at least: five plain aiokafka hops (produce with acks=all, consume) and a POST. Before
them the same rate for 20 s unmeasured: the broker's Java compiles itself in that time.
"""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import quantiles

import aiohttp
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from streams.kafka.connection import client_options
from streams.settings.kafka import KafkaSettings
from tests.bench.site import Running, body, headers, running
from tests.bench.table import asked, show
from tests.receiver import Receiver

RATE, SECONDS, WARM = 100, 30, 20
HOPS = ("notifications.raw", "purchases.pointers", "events", "deliveries.dead", "forwards.dead")
_POLL = 0.05
Times = dict[str, float]


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with Receiver() as receiver, running(Path(folder), receiver.url) as service:
            floor = await _floor(service)
            await _post(service, range(WARM * RATE), {}, {})
            sent: Times = {}
            answered: Times = {}
            numbers = range(1_000_000, 1_000_000 + RATE * SECONDS)
            seen: Times = {}
            watching = asyncio.create_task(_watch(service, seen, len(numbers)))
            await _post(service, numbers, sent, answered)
            await receiver.arrived(RATE * (SECONDS + WARM), timeout=60)
            await asyncio.wait_for(watching, 60)
            told = {_subscription(post.event): post.at for post in receiver.posts}
            show(
                f"{RATE} notifications/s for {SECONDS} s, ms from the POST",
                ("", "p50", "p90", "p99", "max"),
                [
                    _row("200 to the store", sent, answered),
                    _row("webhook received", sent, told),
                    _row("row in ClickHouse, visible to a query", sent, seen),
                    ("five plain aiokafka hops and a POST", *_spread(floor)),
                ],
            )


def _subscription(event: Mapping[str, str]) -> str:
    return event["original_transaction_id"]


async def _post(service: Running, numbers: range, sent: Times, answered: Times) -> None:
    async with aiohttp.ClientSession() as session:
        began = time.monotonic()
        posts = []
        for at, number in enumerate(numbers):
            await asyncio.sleep(max(0.0, began + at / RATE - time.monotonic()))
            posts.append(asyncio.create_task(_post_one(session, service, number, (sent, answered))))
        await asyncio.gather(*posts)


async def _post_one(
    session: aiohttp.ClientSession, service: Running, number: int, times: tuple[Times, Times]
) -> None:
    payload = body(number)
    signed = headers(payload)
    times[0][f"sub_{number}"] = time.monotonic()
    async with session.post(service.route, data=payload, headers=signed) as response:
        await response.read()
        assert response.status == 200, response.status
    times[1][f"sub_{number}"] = time.monotonic()


async def _watch(service: Running, seen: Times, count: int) -> None:
    """Ask which subscriptions a chart can see, again and again."""
    query = "SELECT splitByChar('/', subscription_id)[4] AS id FROM subscriptions"
    where = "WHERE id LIKE 'sub_100____'"
    async with aiohttp.ClientSession(service.site.charts_url) as session:
        while len(seen) < count:
            async with session.post("/v1/query", json={"sql": f"{query} {where}"}) as response:
                answer = await response.json()
            now = time.monotonic()
            for row in answer["rows"]:
                seen.setdefault(row[0] if isinstance(row, list) else row["id"], now)
            await asyncio.sleep(_POLL)


async def _floor(service: Running) -> list[float]:
    """Milliseconds of so many hops, one record at a time, on this broker while it is idle."""
    options = client_options(KafkaSettings(bootstrap=f"127.0.0.1:{service.site.ports.kafka}"))
    producer = AIOKafkaProducer(**options, acks="all", enable_idempotence=True)
    consumers = [
        AIOKafkaConsumer(topic, **options, auto_offset_reset="latest") for topic in HOPS[3:]
    ]
    await asyncio.gather(producer.start(), *(consumer.start() for consumer in consumers))
    try:
        for consumer in consumers:
            await consumer.seek_to_end()
        return [await _hops(producer, consumers) for _ in range(100)]
    finally:
        await asyncio.gather(producer.stop(), *(consumer.stop() for consumer in consumers))


async def _hops(producer: AIOKafkaProducer, consumers: list[AIOKafkaConsumer]) -> float:
    began = time.monotonic()
    for hop in range(len(HOPS)):
        consumer = consumers[hop % len(consumers)]
        topic = HOPS[3 + hop % len(consumers)]
        await producer.send_and_wait(topic, b"x" * 1000)
        await consumer.getone()
    return (time.monotonic() - began) * 1000


def _row(name: str, sent: Times, arrived: Times) -> tuple[str, str, str, str, str]:
    lags = [(arrived[key] - at) * 1000 for key, at in sent.items() if key in arrived]
    assert len(lags) == len(sent), f"{name}: {len(sent) - len(lags)} are missing"
    return name, *_spread(lags)


def _spread(lags: list[float]) -> tuple[str, str, str, str]:
    cuts = quantiles(lags, n=100)
    return f"{cuts[49]:.0f}", f"{cuts[89]:.0f}", f"{cuts[98]:.0f}", f"{max(lags):.0f}"


if __name__ == "__main__":
    asked(__doc__).parse_args()
    asyncio.run(main())
