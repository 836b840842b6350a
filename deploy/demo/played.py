"""What the demo remembers between two starts: which business it plays, and until when it has."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from deploy.demo.happening import Business
from deploy.demo.script import DAYS, SEED, SIZE, business

FILE = "played.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """`newcomers`: when each of those began that came while somebody watched."""

    seed: int = SEED
    size: int = SIZE
    first_day: datetime
    until: datetime | None = None
    newcomers: tuple[datetime, ...] = ()

    def business(self, until: datetime) -> Business:
        return business(self.seed, self.size, self.first_day, until, self.newcomers)

    def with_newcomer(self, at: datetime) -> "Played":
        return replace(self, newcomers=(*self.newcomers, at))


def begin(now: datetime, *, seed: int = SEED, size: int = SIZE) -> Played:
    """A business whose last 90 days end now."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Played(seed=seed, size=size, first_day=midnight - timedelta(days=DAYS))


def read(folder: Path) -> Played | None:
    file = folder / FILE
    if not file.exists():
        return None
    kept = orjson.loads(file.read_bytes())
    return Played(
        seed=kept["seed"],
        size=kept["size"],
        first_day=datetime.fromisoformat(kept["first_day"]),
        until=datetime.fromisoformat(kept["until"]) if kept["until"] else None,
        newcomers=tuple(datetime.fromisoformat(moment) for moment in kept["newcomers"]),
    )


def write(folder: Path, played: Played) -> None:
    """Whole or not at all."""
    new = folder / f"{FILE}.new"
    new.write_bytes(orjson.dumps(played, option=orjson.OPT_INDENT_2))
    new.rename(folder / FILE)
