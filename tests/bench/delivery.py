"""`python -m tests.bench.delivery [costs | hanging] [ROUNDS]`: what a delivery costs, and what destinations
that hang cost the others.

1. Signed deliveries per CPU second of the real `python -m sinks deliver` (a backlog in topic
   `events`, ten destinations, each event to one of them), beside a bare aiohttp client that does
   the same POSTs to the same receiver from as many connections.
2. A thousand destinations, of which none or ten hang: how fast a backlog reaches the healthy ones,
   and how old an event is when it arrives at 100 events a second, while the ten hold what they were
   sent of the backlog, time out (15 s) and open their breakers.

A p99 of 1,000 events is 10 of them, and one halt of the machine is as many: so each round has a process
of each kind, one after the other in changing order, and one more in which nothing hangs. What these two
differ by, though nothing differs, is what the instrument can't tell apart: it stands beside the ratio.
(Seen: 1.06 to 1.26 in four rounds. deliver has a whole CPU meanwhile, so this is what a virtual CPU does
from one minute to the next, and no wait for anybody.)
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

import uvloop

from deploy.local.site import ROOT
from streams.contracts.event import Event
from streams.contracts.ids import AppId, CustomerId
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.bench.delivery_receiver import Receiver
from tests.bench.site import Running, running
from tests.bench.table import asked, show
from tests.sinks.events import event, event_out

ROUNDS, COUNT, DESTINATIONS, CONNECTIONS = 3, 20_000, 10, 100
MANY, HANGING, BACKLOG = 1_000, 10, 12_000
HANGING_ROUNDS = 5  # two at least, for quartiles
RATE, SECONDS = 100, 10
_TICKS = os.sysconf("SC_CLK_TCK")
_WARM = 0.1  # of the deliveries, before the measured part
_BATCH = 500
_SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3ODk="
_HEAD = '[project]\nname = "Benchmark"\n'
_TABLE = """
[[apps]]
id = "app{n}"
[[destinations]]
name = "to{n}"
type = "webhook"
url = "{url}"
apps = ["app{n}"]
secrets = [{{ file = "hook" }}]
allow_private = true
allow_insecure = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of the healthy destinations: deliveries a second of a backlog, and a CPU second of deliver, which
    says more on a machine that others use too; p50 and p99 in ms when paced."""

    rate: float
    per_cpu: float
    p50: float
    p99: float


async def main(asked_for: set[str], rounds: int | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "hook").write_text(_SECRET)
        async with Receiver() as receiver, running(folder, receiver.url(), roles=False) as service:
            if "hanging" not in asked_for:
                await _costs(service, receiver, folder, rounds or ROUNDS)
            if "costs" not in asked_for:
                await _hanging(service, receiver, folder, rounds or HANGING_ROUNDS)


async def _costs(service: Running, receiver: Receiver, folder: Path, rounds: int) -> None:
    file = _project(folder, [receiver.url()] * DESTINATIONS)
    ours, bare = [], []
    for number in range(rounds):
        bare.append(await _bare(receiver))
        ours.append(await _ours(service, receiver, file, number))
    least = median(bare)
    show(
        f"signed deliveries, median of {rounds} rounds of {COUNT:,}",
        ("", "per CPU second", "us CPU each", "of bare"),
        [
            _cost(name, rate, least)
            for name, rate in (("deliver", median(ours)), ("bare aiohttp", least))
        ],
    )


def _cost(name: str, rate: float, least: float) -> tuple[str, str, str, str]:
    return name, f"{rate:,.0f}", f"{1e6 / rate:,.0f}", f"{rate / least:.2f}"


async def _bare(receiver: Receiver) -> float:
    words = ("tests.bench.delivery_bare", receiver.url(), str(COUNT), str(CONNECTIONS))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, cwd=ROOT, stdout=subprocess.PIPE
    )
    said, _ = await process.communicate()
    return COUNT / float(said.split()[0])


async def _ours(service: Running, receiver: Receiver, file: Path, number: int) -> float:
    """From a tenth of the backlog to its end, the commits in between included."""
    events = [_event(f"cost/{number}/{n}", n % DESTINATIONS, n) for n in range(COUNT)]
    await _publish(service, events)
    receiver.forget()
    async with _delivering(service, file) as pid:
        first = int(COUNT * _WARM)
        await receiver.arrived(first)
        cpu, first = _cpu(pid), receiver.count
        await receiver.arrived(COUNT)
        return (COUNT - first) / (_cpu(pid) - cpu)


async def _hanging(service: Running, receiver: Receiver, folder: Path, rounds: int) -> None:
    sound = [receiver.url()] * MANY
    sick = [receiver.url("hang")] * HANGING + sound[HANGING:]
    kinds = {"none hangs": sound, f"{HANGING} hang": sick, "none hangs, again": sound}
    found: dict[str, list[Spread]] = {name: [] for name in kinds}
    # Seen: the first process on a new broker has 0.87 of the second's rate and 1.4 times its p99.
    await _spread(service, receiver, _project(folder, sound), "not counted", seconds=1)
    for number in range(rounds):
        names = [*kinds]
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:  # no kind always comes second
            file = _project(folder, kinds[name])
            found[name].append(await _spread(service, receiver, file, f"{name}/{number}"))
            sys.stdout.write(f"{', '.join(_shown(name, found[name][-1]))}\n")
    none, hang, again = found.values()
    show(
        f"{MANY:,} destinations; the healthy {MANY - HANGING} of them",
        ("", "backlog, deliveries/s", "per CPU second", f"p50 at {RATE}/s, ms", "p99, ms"),
        [
            *(_shown(f"{name}, median", _middle(some)) for name, some in found.items()),
            _quartiles(f"{HANGING} hang, of the mean of the others", hang, _means(none, again)),
            _quartiles("the others, of each other", again, none),
        ],
    )


def _shown(name: str, found: Spread) -> tuple[str, ...]:
    return name, *(f"{number:,.1f}" for number in _numbers(found))


def _quartiles(name: str, ones: Sequence[Spread], others: Sequence[Spread]) -> tuple[str, ...]:
    """Median of the rounds' ratios, and in brackets the quarters' ends."""
    ratios = [_numbers(_ratio(*pair)) for pair in zip(others, ones, strict=True)]
    cuts = [quantiles(column, n=4, method="inclusive") for column in zip(*ratios, strict=True)]
    return name, *(f"{middle:.2f} ({low:.2f}-{high:.2f})" for low, middle, high in cuts)


def _numbers(found: Spread) -> tuple[float, ...]:
    return found.rate, found.per_cpu, found.p50, found.p99


def _means(ones: Sequence[Spread], others: Sequence[Spread]) -> list[Spread]:
    return [_middle(pair) for pair in zip(ones, others, strict=True)]


def _ratio(whole: Spread, hurt: Spread) -> Spread:
    return Spread(
        rate=hurt.rate / whole.rate,
        per_cpu=hurt.per_cpu / whole.per_cpu,
        p50=hurt.p50 / whole.p50,
        p99=hurt.p99 / whole.p99,
    )


def _middle(found: Sequence[Spread]) -> Spread:
    return Spread(
        rate=median(one.rate for one in found),
        per_cpu=median(one.per_cpu for one in found),
        p50=median(one.p50 for one in found),
        p99=median(one.p99 for one in found),
    )


async def _spread(
    service: Running, receiver: Receiver, file: Path, label: str, seconds: int = SECONDS
) -> Spread:
    """Events go to all destinations in turn; those of the first ten, healthy or not, are not counted."""
    events = [_event(f"many/{label}/{n}", n % MANY, n) for n in range(BACKLOG)]
    healthy = [one for one in events if int(one.app_id.removeprefix("app")) >= HANGING]
    await _publish(service, healthy[:_BATCH] + events[_BATCH:])
    receiver.forget()
    async with _delivering(service, file) as pid:
        await receiver.arrived(BACKLOG // 4)  # every connection is made
        began, cpu, first = time.monotonic(), _cpu(pid), receiver.count
        await receiver.arrived(len(healthy) - _BATCH)
        count = receiver.count - first
        rate, per_cpu = count / (time.monotonic() - began), count / (_cpu(pid) - cpu)
        await asyncio.sleep(2)
        receiver.forget()
        await _paced(service, label, seconds)
        await asyncio.sleep(2)
    cuts = quantiles(receiver.ages, n=100)
    return Spread(rate=rate, per_cpu=per_cpu, p50=cuts[49] * 1000, p99=cuts[98] * 1000)


async def _paced(service: Running, label: str, seconds: int) -> None:
    async with Producer(_kafka(service), client_id="bench") as producer:
        began = time.monotonic()
        sending = []
        for number in range(RATE * seconds):
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            told = _event(f"paced/{label}/{number}", number % MANY, number)
            sending.append(asyncio.create_task(producer.send(event_out(told))))
        await asyncio.gather(*sending)


def _event(label: str, app: int, number: int) -> Event:
    return event(
        label,
        app_id=AppId(f"app{app}"),
        customer_id=CustomerId(f"u-{number}"),
        received_at=datetime.now(UTC),
        occurred_at=datetime.now(UTC),
    )


async def _publish(service: Running, events: Sequence[Event]) -> None:
    async with Producer(_kafka(service), client_id="bench") as producer:
        for at in range(0, len(events), _BATCH):
            await producer.send_all([event_out(one) for one in events[at : at + _BATCH]])


def _kafka(service: Running) -> KafkaSettings:
    return KafkaSettings(bootstrap=service.site.environment()["SN_KAFKA"])


def _project(folder: Path, urls: Sequence[str]) -> Path:
    file = folder / f"project{len(urls)}.toml"
    file.write_text(_HEAD + "".join(_TABLE.format(n=n, url=url) for n, url in enumerate(urls)))
    return file


@asynccontextmanager
async def _delivering(service: Running, file: Path) -> AsyncIterator[int]:
    """The process's id."""
    environment = service.site.environment() | {"SN_PROJECT": str(file), "SN_LOG_LEVEL": "ERROR"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sinks", "deliver"), cwd=ROOT, env=environment
    )
    try:
        yield process.pid
        if process.returncode is not None:
            raise SystemExit("deliver has ended: its last lines say why")
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _cpu(pid: int) -> float:
    """CPU seconds of a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    parser = asked(__doc__)
    parser.add_argument("what", nargs="*", help="costs or hanging, and how many rounds")
    given = parser.parse_args().what
    rounds = [int(word) for word in given if word.isdigit()]
    uvloop.run(main(set(given), rounds[0] if rounds else None))
