"""deploy/up inside its environment: everything started in order, the demo played, up until Ctrl-C.

One at a time per checkout, by a lock. However it ends, every child is stopped.
"""

import asyncio
import logging
import os
import shutil
import signal
import sys
from pathlib import Path

import structlog
from rich.console import Console
from rich.markup import escape

from deploy.demo.director import Director
from deploy.demo.keys import Keys
from deploy.demo.service import RefusedError
from deploy.local.alone import alone
from deploy.local.arguments import Up, called_from, up_arguments
from deploy.local.checking import check_files
from deploy.local.demo_site import demo_keys, import_rates, receiver_url, stores_url
from deploy.local.private import make_private
from deploy.local.programs import PULL, ROLES
from deploy.local.screen import Screen
from deploy.local.site import HOST, ROOT, Site, ports_of
from deploy.local.stack import Stack
from deploy.local.supervisor import end_left_over, is_left_over
from deploy.local.watch import Watch
from streams.contracts.errors import ConfigError, TransientError

_FOLDER = ROOT / ".local"
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WATCH_EVERY = 1.0  # seconds


def site_of(arguments: Up) -> Site:
    """Raise ConfigError when a port's setting is no port."""
    own = arguments.project is not None
    return Site(
        folder=_FOLDER,
        name="own" if own else "demo",
        ports=ports_of(os.environ),
        project=arguments.project or _FOLDER / "demo" / "project.toml",
    )


async def up(arguments: Up, screen: Screen) -> int:
    """The exit status."""
    if arguments.check and arguments.project is not None:
        return await _check(arguments.project, screen)
    site = site_of(arguments)
    with alone(site.run):
        prepare(site, arguments, screen)
        make_private(site)
        keys = demo_keys(site) if arguments.project is None else None
        stack = Stack(site, demo=keys is not None)
        await stack.check()
        try:
            await _start_kafka(stack, screen)
            if not await _start_roles(stack, screen, invented_rates=keys is not None):
                return 1
            await stay(stack, keys if arguments.play else None, screen)
        finally:
            await _stop(stack, screen)
    return 0


async def _check(project: Path, screen: Screen) -> int:
    file = await check_files(project, os.environ)
    apps = ", ".join(app.app_id for app in file.project.apps) or "none"
    destinations = ", ".join(one.name for one in file.destinations()) or "none"
    screen.line(f"{project} can be used. Apps: {apps}. Destinations: {destinations}.")
    return 0


def prepare(site: Site, arguments: Up, screen: Screen) -> None:
    """Nothing of an earlier start runs any more; its data go when --fresh."""
    if is_left_over(site):
        with screen.step("before") as tell:
            tell("ending what a killed deploy/up, or its supervisor, had left running")
            end_left_over(site)
    if arguments.fresh:
        _forget(site)
        screen.line(f"Forgot all data of the {site.name} project.")


def _forget(site: Site) -> None:
    """With what a backfill typed here noted as fetched, which lies beside the data of both sites: the
    new broker has none of it, and what is fetched twice changes nothing."""
    for folder in (site.data, site.log, *([site.demo] if site.name == "demo" else [])):
        shutil.rmtree(folder, ignore_errors=True)
    for noted in site.data.parent.glob("backfill-*.json"):
        noted.unlink()


async def _start_kafka(stack: Stack, screen: Screen) -> None:
    with screen.step("jars") as tell:
        tell("Kafka's, 46 MB the first time")
        await stack.fetch_jars(tell)
        tell("Kafka's, checksums as in deploy/local/jgo.lock.toml")
    with screen.step("Kafka") as tell:
        tell(f"{HOST}:{stack.site.ports.kafka}")
        await stack.start_broker()
    with screen.step("topics") as tell:
        tell(f"{await stack.make_topics()} made or checked")


async def _start_roles(stack: Stack, screen: Screen, *, invented_rates: bool) -> bool:
    """Whether all are ready; who is not is told with the end of its log."""
    waiting = [program.name for program in stack.programs if program.ready]
    all_of_them = len(waiting)
    with screen.step("roles") as tell:

        def told(name: str, _seconds: float) -> None:
            waiting.remove(name)
            awaited = f", waiting for {', '.join(waiting)}" if waiting else ""
            tell(f"{all_of_them - len(waiting)} of {all_of_them} ready{awaited}")

        late, _ = await asyncio.gather(
            stack.start_roles(told), import_rates(stack) if invented_rates else _nothing()
        )
    for one in late:
        screen.line(f"[red]✗ {one.name} is not ready[/red]: {escape(one.reason)}")
        screen.line(escape(stack.last_lines(one.name)))
    if late:
        screen.line("Mend what it says, then start deploy/up again: the data stay.")
    return not late


async def _nothing() -> None:
    """For who brings rates of their own."""


async def stay(stack: Stack, keys: Keys | None, screen: Screen) -> None:
    """Until it is cancelled; raise TransientError when there is no supervisor any more."""
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_watch(stack, screen))
            if keys is not None:
                tasks.create_task(_play(stack, keys, screen))
            else:
                screen.line(_addresses(stack.site))
    except ExceptionGroup as failed:
        known, others = failed.split(TransientError)
        if known is None or others is not None:
            raise
        raise known.exceptions[0] from None


async def _play(stack: Stack, keys: Keys, screen: Screen) -> None:
    """The demo; when it can't go on, all else does."""
    director = Director(
        site=stack.site,
        keys=keys,
        receiver=receiver_url(stack.site),
        stores=stores_url(stack.site),
        screen=screen,
    )
    try:
        await director.direct()
    except RefusedError as problem:
        screen.line(f"[red]The demo can't go on: {escape(str(problem))}[/red]")
        screen.line(f"Everything else does; the logs are in {stack.site.log}")


async def _watch(stack: Stack, screen: Screen) -> None:
    """Say who has ended and was started again by the supervisor, and why."""
    watch = Watch(stack.supervisor)
    while True:
        await asyncio.sleep(_WATCH_EVERY)
        for line in watch.news(await stack.serving(watch.awaited)):
            screen.line(f"[yellow]{escape(line)}[/yellow]")


def _addresses(site: Site) -> str:
    return (
        f"\nStores post to      {site.notifications_url}/v1/notifications/STORE/TOKEN\n"
        f"Your backend posts  {site.api_url}/v1/purchases\n"
        f"Console             {site.charts_url}/\n"
        f"Logs                {os.path.relpath(site.log, called_from())}/ROLE.log\n"
        "Ctrl-C stops everything; the data stay."
    )


async def _stop(stack: Stack, screen: Screen) -> None:
    if stack.supervisor.pid is None:
        return
    roles = [one for one in stack.programs if one.name in {*ROLES, PULL}]
    screen.line(f"\nStopping {len(roles)} roles, then Kafka; the data stay in .local/data.")
    await asyncio.to_thread(stack.supervisor.stop)
    screen.line("Stopped.")


async def _main(arguments: Up, screen: Screen) -> int:
    """Ctrl-C and the like cancel it once; while it stops, they are heard no more."""
    task = asyncio.ensure_future(up(arguments, screen))
    loop = asyncio.get_running_loop()

    def end() -> None:
        for number in _ENDING:
            loop.add_signal_handler(number, screen.line, "Still stopping.")
        task.cancel()

    for number in _ENDING:
        loop.add_signal_handler(number, end)
    try:
        return await task
    except asyncio.CancelledError:
        return 0


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the broker is asked before it is up
    shown = Screen(Console())
    try:
        sys.exit(asyncio.run(_main(up_arguments(sys.argv[1:]), shown)))
    except (ConfigError, TransientError) as problem:
        shown.line(f"[red]{escape(str(problem))}[/red]")
        sys.exit(1)
