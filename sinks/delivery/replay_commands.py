"""python -m sinks replay and dead-letters; sinks.__main__ adds them."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.progress import Progress

from sinks.delivery.dead_letters import DeadLetter, read_letter, replayed_place
from sinks.delivery.replay import DEAD, Replayed, Selection
from sinks.delivery.replaying import FOLLOWED, NotDeliveredToError, Wish
from sinks.delivery.replaying import replay as replay_now
from sinks.delivery.running import Configured, configured, run, show, standing_now
from streams.contracts.event import EventType
from streams.contracts.step import Record
from streams.kafka.history import History
from streams.settings.kafka import KafkaSettings

_EACH = ("died_at", "destination", "event", "attempts", "reason", "detail")
_WHEN = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.command()
@click.option("--id", "ids", multiple=True, help="An event's id; may be given many times.")
@click.option("--destination", "names", multiple=True, help="To this one only; may be repeated.")
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="TYPE",
    type=click.Choice([*EventType], case_sensitive=False),
    help="Of this event type only, as in renewal; may be repeated.",
)
@click.option(
    "--from",
    "since",
    type=_WHEN,
    metavar="TIME",
    help="Published since then, UTC: 2026-11-23T14:00. With --dead: given up since then.",
)
@click.option("--to", "until", type=_WHEN, metavar="TIME", help="As --from: before then.")
@click.option("--dead", is_flag=True, help="From the dead letters, each to its own destination.")
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    help="With --dead: of this reason only, as `dead-letters` lists them: exhausted, http_503, ...",
)
@click.option("--dry-run", is_flag=True, help="Count and show; send nothing.")
def replay(
    *,
    ids: tuple[str, ...],
    names: tuple[str, ...],
    types: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    dead: bool,
    reasons: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Deliver events again: by id, by destination and time, by type, or from the dead letters.

    Say what with --id, --destination or --dead; the other options narrow it. Events are read from
    Kafka, which keeps them 30 days (dead letters 90). A replay has the event's own id and says that
    it is one (header X-Store-Notifications-Replay), takes the destination's lane and retries like
    any other, and goes only where the destination's filter lets the event through.

    A dead letter that was replayed is not replayed again by the next run; of two runs at the same
    time, wherever they were asked for, the second waits for the first.

    \b
    python -m sinks replay --id 0b5c1a52-...
    python -m sinks replay --destination backend --from 2026-11-23T14:00 --to 2026-11-23T16:00
    python -m sinks replay --dead --destination backend --reason exhausted --dry-run
    """
    selection = Selection(
        ids=frozenset(ids),
        types=frozenset(types),
        destinations=frozenset(names),
        reasons=frozenset(reasons),
        since=_utc(since),
        until=_utc(until),
    )
    _check(selection, dead=dead)
    given = configured("replay")
    for name in names:
        given.plan(name)  # raises when there is none of that name
    wish = Wish(selection=selection, dead=dead, dry_run=dry_run)
    _tell(run(_replay(given, wish)), dry_run=dry_run)


def _check(selection: Selection, *, dead: bool) -> None:
    """Raise UsageError for what nobody can mean."""
    if not (selection.ids or selection.destinations or dead):
        raise click.UsageError("say what: --id, --destination or --dead")
    if selection.reasons and not dead:
        raise click.UsageError("--reason is of dead letters: add --dead")
    since, until = selection.since, selection.until
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--from is not before --to: nothing was published in between")


@click.command("dead-letters")
@click.option("--destination", "names", multiple=True, help="Of this one only; may be repeated.")
@click.option("--each", is_flag=True, help="Each letter, not only how many.")
def dead_letters(*, names: tuple[str, ...], each: bool) -> None:
    """List what could not be delivered and was not replayed since: destination, reason, how many."""
    letters = run(_open_letters(configured("dead-letters").settings.kafka))
    wanted = [letter for letter in letters if not names or letter.destination in names]
    if each:
        show(_EACH, [asdict(letter) for letter in wanted])
    else:
        show(("destination", "reason", "letters", "oldest", "newest"), _counted(wanted))


def from_dead_letters(given: Configured, selection: Selection) -> Replayed:
    """Replay them, for who has just decided something that deliver must know first."""
    wish = Wish(selection=selection, dead=True, dry_run=False, after=FOLLOWED)
    return run(_replay(given, wish))


def open_letters(given: Configured, selection: Selection) -> Replayed:
    """How many there are that were not replayed yet."""
    return run(_replay(given, Wish(selection=selection, dead=True, dry_run=True)))


async def _replay(given: Configured, wish: Wish) -> Replayed:
    standing = await standing_now(given.settings.kafka)
    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("counting" if wish.dry_run else "replaying", start=False)

    def tell(at: int, of: int) -> None:
        bar.start()
        bar.start_task(task)
        bar.update(task, completed=at, total=of)

    try:
        return await replay_now(
            given.settings.kafka, wish, given.lanes, standing, tell, waits=_say_it_waits
        )
    except NotDeliveredToError as error:
        raise click.UsageError(str(error)) from error
    finally:
        bar.stop()


def _say_it_waits() -> None:
    click.echo("another replay of dead letters is under way: waiting until it has ended", err=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """A letter without its event, so that a great many can be listed."""

    event: str
    destination: str
    reason: str
    attempts: str
    detail: str
    died_at: str


async def _open_letters(kafka: KafkaSettings) -> list[_Listed]:
    letters: dict[str, _Listed] = {}
    for topic in DEAD:
        async with History(kafka, topic) as history:
            async for batch in history.batches():
                for record in batch:
                    _note(letters, record)
    return sorted(letters.values(), key=lambda one: one.died_at)


def _note(letters: dict[str, _Listed], record: Record) -> None:
    letter = read_letter(record)
    if letter is not None:
        letters[letter.place] = _listed(letter)
    else:  # behind the letter in its partition, so the letter was read
        letters.pop(replayed_place(record) or "", None)


def _listed(letter: DeadLetter) -> _Listed:
    died_at = datetime.fromtimestamp(letter.record.timestamp_ms / 1000, UTC)
    return _Listed(
        event=letter.event,
        destination=letter.destination,
        reason=letter.reason,
        attempts=letter.attempts,
        detail=letter.detail,
        died_at=died_at.isoformat(timespec="seconds"),
    )


def _tell(replayed: Replayed, *, dry_run: bool) -> None:
    rows = [
        {"destination": name, "type": type_, "events": count}
        for (name, type_), count in sorted(replayed.found.items())
    ]
    if rows:
        show(("destination", "type", "events"), rows)
    elif not (replayed.skipped or replayed.filtered):
        click.echo("nothing was found: Kafka keeps events 30 days, dead letters 90", err=True)
    click.echo(
        f"{replayed.total} {'would be delivered again' if dry_run else 'on their way again'}"
    )
    for name, count in sorted(replayed.skipped.items()):
        click.echo(
            f"{count} of {name} left: it is paused, disabled or not in the project", err=True
        )
    for name, count in sorted(replayed.filtered.items()):
        click.echo(
            f"{count} of {name} left: its filter takes them no more, see it in project.toml",
            err=True,
        )
    if replayed.unreadable:
        click.echo(f"{replayed.unreadable} records left that are no events", err=True)


def _counted(letters: list[_Listed]) -> list[dict[str, object]]:
    """`letters` oldest first."""
    times: dict[tuple[str, str], list[str]] = {}
    for one in letters:
        times.setdefault((one.destination, one.reason), []).append(one.died_at)
    return [
        {
            "destination": name,
            "reason": reason,
            "letters": len(died),
            "oldest": died[0],
            "newest": died[-1],
        }
        for (name, reason), died in sorted(times.items())
    ]


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)
