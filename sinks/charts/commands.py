"""python -m sinks charts, status, chart, query; sinks.__main__ adds them.

`charts` is the role. The others ask it by HTTP, at SN_CHARTS_URL: it alone opens ClickHouse.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click
import uvloop
from rich.console import Console, RenderableType

from sinks.charts import show
from sinks.charts.answer import Answer, Column, as_csv
from sinks.charts.ask import RefusedError, get, get_text, post
from sinks.charts.attention import no_broker
from sinks.charts.consume import GROUP
from sinks.charts.door import ERASURES
from sinks.charts.formats import FORMAT, Format, print_json, print_table
from sinks.charts.rebuild_bar import show_rebuild
from sinks.delivery.plan import Plan, read_plans
from sinks.forward.plans import read_forwards
from streams.contracts.errors import ConfigError, StoreNotificationsError
from streams.kafka.rewind import rewind
from streams.observe import clock, logs
from streams.settings.days import from_day
from streams.settings.environment import Settings, load_settings
from streams.settings.project_file import ProjectFile, load_project
from streams.settings.secret import Secret

_WRONG_SETTING = 2  # the exit code of a ConfigError, as of a wrong command line
_FAILED = 1
_ERASING = 900.0  # seconds: every part of every table may be written anew
_WIDE = 200  # characters, where nobody's terminal says
T = TypeVar("T")


class Last(click.ParamType):
    """A stretch of time up to today, in days or weeks."""

    name = "90d"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        days = {"d": 1, "w": 7}.get(str(value)[-1:])
        number = str(value)[:-1]
        if days is None or not (number.isascii() and number.isdigit() and 0 < len(number) <= 4):  # noqa: PLR2004 - digits
            self.fail(f"{value!r}: write a number and d or w, as in 90d", param, ctx)
        return timedelta(days=int(number) * days)


@click.group(invoke_without_command=True)
@click.pass_context
def charts(context: click.Context) -> None:
    """Write events into ClickHouse and serve the charts API and the console, until told to stop.

    Both are on SN_CHARTS_PORT (8081), on loopback unless SN_CHARTS_KEY guards the API and a password
    the console; SN_CLICKHOUSE says where ClickHouse is.
    """
    if context.invoked_subcommand is None:
        _charts()


@charts.command()
def rebuild() -> None:
    """Fold every subscription afresh beside the live table, and swap: after an upgrade that says so.

    The running charts process does it and writes on meanwhile. Ctrl-C ends the progress bar only.
    """
    ended = _run(show_rebuild(*_where()))
    if ended["problem"]:
        click.echo(f"error: the live table stays as it was: {ended['problem']}", err=True)
        raise SystemExit(_FAILED)
    click.echo(f"{ended['subscriptions']:,} subscriptions in {ended['seconds']:.1f} s")


@charts.command()
@from_day("since", "Only what came")
def reread(since: datetime | None) -> None:
    """Write again what Kafka still holds (30 days): after ClickHouse was lost, or restored from a backup.

    After a restore give the backup's day. End every charts process first, start them afterwards: they begin further back, and their lag says
    how far they are. What is there already stays as it is. Of deliveries Kafka holds 11 days.
    """
    settings = _settings("charts-reread")
    logs.hush_libraries()
    moved = _run(rewind(settings.kafka, GROUP, since=since))
    records = sum(one.committed - one.resumed for one in moved)
    click.echo(f"{records:,} records are written again by the next python -m sinks charts")


def _charts() -> None:
    from sinks.charts.role import Role  # noqa: PLC0415 - only the role loads ClickHouse

    settings = _settings("charts")
    file = _or_exit(lambda: load_project(settings.project))
    plans = _or_exit(lambda: _plans(file)) if settings.console else ()
    _run(_until_told(Role(settings=settings, project=file.project, plans=plans).run))


def _plans(file: ProjectFile) -> tuple[Plan, ...]:
    """For the console, which sends a TEST to any of them."""
    return (*read_plans(file), *read_forwards(file))


@click.command()
def status() -> None:
    """Show what needs you now, each store's Last received, each app's plan, deliveries, lag.

    A role that is not there, or does not keep up, stands first, with what to do.
    """
    labels, deliveries, lag = _run(_status(*_where()))
    _print(show.status(labels, deliveries, lag, clock.now()))


@click.command()
@click.argument("name")
@click.option("--last", type=Last(), metavar="TIME", help="Up to today, as in 90d or 12w.")
@click.option("--app", help="One app's id.")
@click.option("--store", help="One store, as in app_store.")
@click.option("--environment", help="PRODUCTION (the default) or SANDBOX.")
@click.option("--from", "first", help="The first day, as in 2026-11-23.")
@click.option("--to", help="The last day.")
@click.option("--resolution", help="day, week, month, quarter or year.")
@click.option("--segment", help="store, app, country, product, duration or offer_type.")
@click.option("--refunds-on", help="Of revenue: original or refund, the day that they count on.")
@click.option(
    "--window-days", help="Of LTV and billing_recovery: how many days count, 30 at first."
)
@click.option("--duration", help="Of retention: the products' length, P1M (the default), P1Y.")
@FORMAT
def chart(
    name: str, last: timedelta | None, first: str | None, shape: Format, **asked: str | None
) -> None:
    """Show the chart NAME, as in: chart mrr --last 90d. GET /v1/charts lists them.

    \b
    python -m sinks chart mrr --last 90d --format csv > mrr.csv
    """
    if last is not None:
        first = (clock.now().date() - last).isoformat()
    given = {key: value for key, value in {"from": first, **asked}.items() if value is not None}
    url, key = _where()
    path = f"/v1/charts/{name}"
    if shape is Format.CSV:
        click.echo(_run(get_text(url, path, {**given, "format": "csv"}, key)), nl=False)
        return
    rows = _run(get(url, path, given, key))["rows"]
    print_json(rows) if shape is Format.JSON else print_table(rows, name)


@click.command()
@click.argument("sql")
@FORMAT
def query(sql: str, shape: Format) -> None:
    """Answer one SELECT, as in: query "SELECT kind, sum(count) FROM outcomes GROUP BY kind"."""
    url, key = _where()
    said = _run(post(url, "/v1/query", {"sql": sql}, key))
    answer = Answer(
        columns=tuple(Column(**column) for column in said["columns"]),
        rows=tuple(map(tuple, said["rows"])),
        truncated=said["truncated"],
    )
    match shape:
        case Format.CSV:
            click.echo(as_csv(answer), nl=False)
        case Format.JSON:
            print_json(answer.records())
        case Format.TABLE:
            print_table(answer.records())
    if answer.truncated:
        click.echo("there are more rows than are answered: add a LIMIT or a WHERE", err=True)


@click.command("erase-customer")
@click.argument("customer")
@click.option("--app", required=True, help="The id of the app whose customer it is.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase_customer(customer: str, app: str, *, yes: bool) -> None:
    """Erase CUSTOMER (an app_user_id, or any alias) from every table, for good.

    What was paid stays, under a pseudonym; notifications lose their content. What is read or sent
    again is erased before it is written. Kafka's topics forget by their own retention (30 days,
    dead letters 90); tracking goes on, under that pseudonym: stop it in the store first.

    Where the charts process has SN_ERASE_KEY, so must this command; SN_CHARTS_KEY only reads there.
    """
    if not yes:
        click.confirm(f"Erase {customer} of {app}? It can't be undone", abort=True)
    settings = _or_exit(load_settings)
    key = settings.erase_key or settings.charts_key
    asked = {"app": app, "customer": customer}
    erased = _run(post(settings.charts_url, ERASURES, asked, key, patience=_ERASING))
    if not erased["events"] and not erased["notifications"]:
        click.echo(
            f"{customer} was not known in {app}; what still comes of that name is erased too"
        )
        return
    click.echo(
        f"erased: {erased['ids']} ids, {erased['events']} events, {erased['notifications']}"
        f" notifications; now {erased['pseudonym']}"
    )


async def _status(url: str, key: Secret | None) -> tuple[Any, Any, Any]:
    return await asyncio.gather(
        get(url, "/v1/last-received", key=key),
        get(url, "/v1/deliveries/summary", key=key),
        _lag(url, key),
    )


async def _lag(url: str, key: Secret | None) -> Any:  # noqa: ANN401 - JSON
    """Without a broker everything else is shown all the same."""
    try:
        return await get(url, "/v1/lag", key=key)
    except RefusedError as error:
        return {"attention": [asdict(no_broker(error))], "groups": []}


def _where() -> tuple[str, Secret | None]:
    settings = _or_exit(load_settings)
    return settings.charts_url, settings.charts_key


def _print(what: RenderableType) -> None:
    console = Console()
    (console if console.is_terminal else Console(width=_WIDE)).print(what)


def _settings(role: str) -> Settings:
    settings = _or_exit(load_settings)
    logs.configure(role, settings.log_level, settings.log_format)
    return settings


async def _until_told(run: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await run(told)


def _run(work: Coroutine[None, None, T]) -> T:
    def running() -> T:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)

    return _or_exit(running)


def _or_exit(work: Callable[[], T]) -> T:
    try:
        return work()
    except StoreNotificationsError as error:
        click.echo(f"error: {error}", err=True)
        code = _WRONG_SETTING if isinstance(error, ConfigError) else _FAILED
        raise SystemExit(code) from error
