"""python -m sinks deliver, and what an operator says of destinations; sinks.__main__ adds them."""

import asyncio
import signal
from collections.abc import Coroutine, Sequence

import click
import uvloop

from sinks.delivery.plan import Plan, read_plans
from sinks.delivery.role import from_settings
from sinks.delivery.standing import Decided, Decision, Standing, decision_out
from sinks.forward.plans import read_forwards
from streams.contracts.errors import ConfigError, StoreNotificationsError
from streams.contracts.topics import CONTROL
from streams.kafka.follower import Follower
from streams.kafka.producer import Producer
from streams.observe import clock, logs
from streams.settings.environment import Settings, load_settings
from streams.settings.project_file import load_project

_WRONG_SETTING = 2  # the exit code of a ConfigError, as of a wrong command line
_FAILED = 1


@click.command()
def deliver() -> None:
    """Deliver events to the destinations of project.toml, until told to stop."""
    settings, plans = _configured("deliver")
    _run(_until_told(settings, plans))


@click.group(invoke_without_command=True)
@click.pass_context
def destinations(context: click.Context) -> None:
    """List the destinations and forwards and how each stands: by the file, and as decided since."""
    if context.invoked_subcommand is None:
        settings, plans = _configured("destinations", forwards=True)
        _run(_list(settings, plans))


@destinations.command()
@click.argument("name")
@click.option("--reason", default="by an operator", show_default=True)
def pause(name: str, reason: str) -> None:
    """Send nothing to NAME until it is resumed; its events go to the dead letters as `paused`."""
    _decide(name, Decided.PAUSED, reason)


@destinations.command()
@click.argument("name")
@click.option("--reason", default="by an operator", show_default=True)
def resume(name: str, reason: str) -> None:
    """Deliver to NAME again, after a pause or after it was disabled."""
    _decide(name, Decided.ACTIVE, reason)


@destinations.command()
@click.argument("name")
def reset(name: str) -> None:
    """Forget what was decided of NAME: the file alone says how it stands."""
    _decide(name, None, "")


def _configured(role: str, *, forwards: bool = False) -> tuple[Settings, tuple[Plan, ...]]:
    try:
        settings = load_settings()
        logs.configure(role, settings.log_level, settings.log_format)
        file = load_project(settings.project)
        plans = read_plans(file)
        return settings, (*plans, *read_forwards(file)) if forwards else plans
    except ConfigError as error:
        raise _exit(error, _WRONG_SETTING) from error


def _run(work: Coroutine[None, None, None]) -> None:
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)
    except ConfigError as error:
        raise _exit(error, _WRONG_SETTING) from error
    except StoreNotificationsError as error:
        raise _exit(error, _FAILED) from error


def _exit(error: Exception, code: int) -> SystemExit:
    click.echo(f"error: {error}", err=True)
    return SystemExit(code)


async def _until_told(settings: Settings, plans: Sequence[Plan]) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await from_settings(settings, plans).run(told)


async def _list(settings: Settings, plans: Sequence[Plan]) -> None:
    standing = Standing()
    follower = Follower(settings.kafka, CONTROL, standing.on_record)
    await follower.start()
    await follower.stop()
    for plan in plans:
        click.echo(_line(plan, standing.decision(plan.name)))
    if not plans:
        click.echo(f"no destination in {settings.project}")


def _line(plan: Plan, decision: Decision | None) -> str:
    told = f"{plan.name}\t{plan.type}\tfile: {plan.state}"
    if decision is None:
        return told
    day = decision.decided_at.isoformat(timespec="seconds")
    return f"{told}\tsince {day}: {decision.state} ({decision.reason})"


def _decide(name: str, state: Decided | None, reason: str) -> None:
    settings, plans = _configured("destinations", forwards=True)
    if name not in {plan.name for plan in plans}:
        known = ", ".join(plan.name for plan in plans) or "none"
        raise click.BadParameter(f"no destination {name!r} in {settings.project}: it has {known}")
    decision = None
    if state is not None:
        decision = Decision(state=state, reason=reason, decided_at=clock.now())
    _run(_publish(settings, name, decision))
    click.echo(f"{name}: {'as the file says' if state is None else state}")


async def _publish(settings: Settings, name: str, decision: Decision | None) -> None:
    async with Producer(settings.kafka, client_id="destinations") as producer:
        await producer.send(decision_out(name, decision))
