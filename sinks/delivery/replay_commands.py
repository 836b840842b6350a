"""python -m sinks replay; sinks.__main__ adds it."""

from datetime import UTC, datetime

import click
from rich.console import Console
from rich.progress import Progress

from sinks.delivery.replay import Replayed, Selection
from sinks.delivery.replaying import FOLLOWED, NotDeliveredToError, Wish
from sinks.delivery.replaying import replay as replay_now
from sinks.delivery.running import Configured, configured, run, show, standing_now
from streams.contracts.event import EventType

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


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)
