"""python -m sinks deliver, and what an operator says of destinations; sinks.__main__ adds them."""

import asyncio
import gc
import signal
from collections.abc import Sequence

import click

from sinks.delivery.listing import list_destinations
from sinks.delivery.open_files import allow_many
from sinks.delivery.plan import Plan
from sinks.delivery.replay import Replayed, Selection
from sinks.delivery.replay_commands import from_dead_letters, open_letters
from sinks.delivery.role import from_settings
from sinks.delivery.running import Configured, configured, run
from sinks.delivery.standing import MISSED, Decided, Decision, decision_out
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.environment import Settings

_GARBAGE = 50_000  # objects between two collections: they took a seventh of the CPU


@click.command()
def deliver() -> None:
    """Deliver events to the destinations of project.toml, until told to stop.

    A lane for each destination; failures come back through the delay topics, so `python -m streams
    delay` runs beside it. Several processes share the work: give each its own SN_SLOT. How it goes:
    `python -m sinks destinations`; what could not be delivered: `python -m sinks dead-letters`.
    """
    given = configured("deliver", serves=True, with_forwards=False)
    run(_until_told(given.settings, given.plans))


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON, with all that is known.")
@click.pass_context
def destinations(context: click.Context, *, as_json: bool) -> None:
    """List the destinations and forwards and how each stands.

    By the file, and as decided since; its breaker and its lane (waiting + under way), as the processes
    that deliver said within the last half minute; what waits to be tried again, the last success and
    failure, and the success of the last hour's attempts, which the charts process knows.
    """
    if context.invoked_subcommand is None:
        run(list_destinations(configured("destinations"), as_json=as_json))


@destinations.command()
@click.argument("name")
@click.option("--reason", default="by an operator", show_default=True)
def pause(name: str, reason: str) -> None:
    """Send nothing to NAME until it is resumed; its events go to the dead letters as `paused`.

    Every process follows within seconds; what is under way ends. `resume NAME --replay`
    delivers what it missed.
    """
    _decide(configured("destinations"), name, Decided.PAUSED, reason)


@destinations.command()
@click.argument("name")
@click.option("--reason", default="by an operator", show_default=True)
@click.option(
    "--replay/--no-replay",
    default=False,
    show_default=True,
    help="Deliver what it missed: its dead letters of reason paused, disabled or http_410.",
)
def resume(name: str, reason: str, *, replay: bool) -> None:
    """Deliver to NAME again, after a pause or after it was disabled.

    It wins over `state = "paused"` in project.toml, until `reset`.
    """
    given = configured("destinations")
    _decide(given, name, Decided.ACTIVE, reason)
    missed = Selection(destinations=frozenset({name}), reasons=MISSED)
    if replay:
        replayed = from_dead_letters(given, missed)
        click.echo(f"{replayed.total} events that it missed are on their way")
        return
    waiting = open_letters(given, missed)
    if waiting.total:
        _tell_waiting(name, waiting)


@destinations.command()
@click.argument("name")
def reset(name: str) -> None:
    """Forget what was decided of NAME: the file alone says how it stands."""
    _decide(configured("destinations"), name, None, "")


def _tell_waiting(name: str, waiting: Replayed) -> None:
    click.echo(
        f"{waiting.total} events that it missed wait in the dead letters. To deliver them:"
        f" python -m sinks destinations resume {name} --replay"
    )


async def _until_told(settings: Settings, plans: Sequence[Plan]) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    _collect_seldom()
    allow_many(plans)
    await from_settings(settings, plans).run(told)


def _collect_seldom() -> None:
    """A delivery makes no cycles; what is there now stays, and need not be looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE)


def _decide(given: Configured, name: str, state: Decided | None, reason: str) -> None:
    given.plan(name)
    decision = None
    if state is not None:
        decision = Decision(state=state, reason=reason, decided_at=clock.now())
    run(_publish(given.settings, name, decision))
    click.echo(f"{name}: {'as the file says' if state is None else state}")


async def _publish(settings: Settings, name: str, decision: Decision | None) -> None:
    async with Producer(settings.kafka, client_id="destinations") as producer:
        await producer.send(decision_out(name, decision))
