"""python -m sinks dead-letters; sinks.__main__ adds it."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from heapq import heappush, heappushpop

import click

from sinks.delivery.dead_letters import DeadLetter
from sinks.delivery.open_letters import DEAD, open_letters
from sinks.delivery.running import run, settings_of, show
from streams.settings.kafka import KafkaSettings

_EACH = ("died_at", "destination", "event", "attempts", "reason", "detail")
_MOST = 1000


@click.command("dead-letters")
@click.option("--destination", "names", multiple=True, help="Of this one only; may be repeated.")
@click.option("--each", is_flag=True, help="Each letter, not only how many.")
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=_MOST,
    show_default=True,
    help="With --each: so many, the newest.",
)
def dead_letters(*, names: tuple[str, ...], each: bool, most: int) -> None:
    """List what could not be delivered and was not replayed since: destination, reason, how many."""
    listing = Listing(names, most=most if each else 0)
    run(_fill(listing, settings_of("dead-letters").kafka))
    if not each:
        show(("destination", "reason", "letters", "oldest", "newest"), listing.counted())
        return
    show(_EACH, [asdict(one) for one in listing.newest()])
    if listing.total > most:
        left = listing.total - most
        click.echo(f"{left} more are older and not shown: --most {listing.total}", err=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A letter without its event."""

    event: str
    destination: str
    reason: str
    attempts: str
    detail: str
    died_at: str


@dataclass(slots=True)
class _Count:
    """`oldest`, `newest`: milliseconds."""

    letters: int
    oldest: int
    newest: int


class Listing:
    """Counts of all that is added, and the newest `most` of them. `names`: of these destinations only."""

    def __init__(self, names: Collection[str] = (), *, most: int) -> None:
        self._names = names
        self._most = most
        self._counts: dict[tuple[str, str], _Count] = {}
        self._newest: list[tuple[int, str, Listed]] = []  # a heap, the oldest of them first

    @property
    def total(self) -> int:
        return sum(count.letters for count in self._counts.values())

    def add(self, letter: DeadLetter) -> None:
        if self._names and letter.destination not in self._names:
            return
        died_at = letter.record.timestamp_ms
        self._count(letter, died_at)
        if len(self._newest) < self._most:
            heappush(self._newest, (died_at, letter.place, _listed(letter)))
        elif self._newest and self._newest[0][:2] < (died_at, letter.place):
            heappushpop(self._newest, (died_at, letter.place, _listed(letter)))

    def newest(self) -> list[Listed]:
        """The last one died last."""
        return [listed for _, _, listed in sorted(self._newest, key=lambda one: one[:2])]

    def counted(self) -> list[dict[str, object]]:
        return [
            {
                "destination": name,
                "reason": reason,
                "letters": count.letters,
                "oldest": _time(count.oldest),
                "newest": _time(count.newest),
            }
            for (name, reason), count in sorted(self._counts.items())
        ]

    def _count(self, letter: DeadLetter, died_at: int) -> None:
        count = self._counts.setdefault(
            (letter.destination, letter.reason), _Count(0, died_at, died_at)
        )
        count.letters += 1
        count.oldest, count.newest = min(count.oldest, died_at), max(count.newest, died_at)


async def _fill(listing: Listing, kafka: KafkaSettings) -> None:
    for topic in DEAD:
        async for letters in open_letters(kafka, topic, lambda _at, _of: None):
            for letter in letters:
                listing.add(letter)


def _listed(letter: DeadLetter) -> Listed:
    return Listed(
        event=letter.event,
        destination=letter.destination,
        reason=letter.reason,
        attempts=letter.attempts,
        detail=letter.detail,
        died_at=_time(letter.record.timestamp_ms),
    )


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")
