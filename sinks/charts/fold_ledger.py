"""By which fold the subscriptions were folded: another fold reaches those nobody writes about only by a rebuild."""

from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from clickhouse_connect.driver.client import Client

from sinks.charts.engine import our_errors

FOLD = Path(__file__).parent / "fold"
_NAME = "fold"
NOTED = f"SELECT argMax(sha256, applied_at) FROM schema_migrations WHERE name = '{_NAME}'"  # noqa: S608 - ours
_ASK = f"SELECT ({NOTED}), (SELECT count() FROM subscriptions)"  # noqa: S608 - ours


def note_fold(client: Client, now: datetime) -> None:
    """Every subscription is folded by this fold."""
    with our_errors("noting the fold"):
        row = [_NAME, _sha256(), now]
        client.insert("schema_migrations", [row], column_names=["name", "sha256", "applied_at"])


def needs_rebuild(client: Client, now: datetime) -> bool:
    """Whether some may be folded by another one. Of an empty table none is: that is noted."""
    with our_errors("asking by which fold"):
        noted, subscriptions = client.query(_ASK).first_row
    if not noted and not subscriptions:
        note_fold(client, now)
        return False
    return folded_otherwise(noted, bool(subscriptions))


def folded_otherwise(noted: str, any_there: bool) -> bool:
    """`noted`: the fold of all subscriptions as `NOTED` tells it; "" before the first start."""
    return bool(noted or any_there) and noted != _sha256()


@cache
def _sha256() -> str:
    """Of its files, by their names."""
    told = sha256()
    for path in sorted(FOLD.glob("*.py")):
        told.update(f"{path.name}\0".encode() + path.read_bytes())
    return told.hexdigest()
