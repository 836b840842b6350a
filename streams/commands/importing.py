"""Tracks what was sold before: a file of purchases, at a bounded rate, with the bad rows told."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

import click
from rich.console import Console
from rich.progress import Progress

from streams.commands.import_rows import Row, accept_row, rows_of
from streams.commands.running import STORE, errors_told, settings_for
from streams.contracts import topics
from streams.contracts.codec import encode
from streams.contracts.errors import ConfigError, RejectedError, TransientError, UnknownAppError
from streams.contracts.ids import AppId
from streams.contracts.project import App
from streams.contracts.purchase import PostedPurchase
from streams.contracts.step import Out
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.environment import Settings
from streams.settings.project_file import load_project

_SOME_WERE_BAD = 1
_BATCH_SECONDS = 0.1


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--app", "app_id", required=True, help="The app's id in project.toml.")
@click.option("--store", type=STORE, help="Of every row that names none.")
@click.option(
    "--rate", type=click.IntRange(min=1), default=500, show_default=True, help="Rows a second."
)
@click.option("--ignore", multiple=True, help="A column to pass over; may be given many times.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write bad rows here too, a line each: line number, reason, row.",
)
def import_(
    *,
    file: Path,
    app_id: str,
    store: str | None,
    rate: int,
    ignore: tuple[str, ...],
    rejects: Path | None,
) -> None:
    """Track the purchases of FILE: CSV with a header, or JSON lines (.jsonl).

    Columns are the fields of POST /v1/purchases: app_user_id, the store's id of the purchase
    (original_transaction_id, purchase_token or subscription_id; or just purchase_id), environment,
    price, currency.

    A bad row is told with its line number and reason and the rest is imported; the exit code is
    then 1. Importing a file again is harmless. An import never ships an app, never counts as a
    post, and makes no webhook.

    \b
    app_user_id,purchase_id,environment
    user-17,sub_1PqX,PRODUCTION

    python -m streams import sold.csv --app notes --store stripe
    """
    with errors_told(), _written(rejects) as kept:
        settings = settings_for("import")
        size = file.stat().st_size
        done = Import(app=_app(settings, app_id), store=store, rate=rate, size=size, rejects=kept)
        asyncio.run(_import(settings, rows_of(file, ignore), done))
    click.echo(f"{done.good} imported, {done.bad} rejected")
    if done.bad:
        sys.exit(_SOME_WERE_BAD)


def _written(path: Path | None) -> AbstractContextManager[TextIO | None]:
    if path is None:
        return nullcontext()
    return path.open("w", encoding="utf-8", errors="backslashreplace")


def _app(settings: Settings, app_id: str) -> App:
    project = load_project(settings.project).project
    try:
        return project.app(AppId(app_id))
    except UnknownAppError as error:
        names = ", ".join(app.app_id for app in project.apps)
        raise ConfigError(f"--app {app_id}: the project has {names}") from error


@dataclass(slots=True, kw_only=True)
class Import:
    """How it is done, and how far it has come."""

    app: App
    store: str | None
    rate: int
    size: int  # bytes of the file
    rejects: TextIO | None = None
    good: int = field(default=0, init=False)
    bad: int = field(default=0, init=False)
    line: int = field(default=0, init=False)

    def accepted(self, rows: Iterable[Row]) -> Iterator[PostedPurchase]:
        """Bad rows are told on stderr, and in a file when there is one."""
        for row in rows:
            try:
                yield accept_row(row, self.app, self.store, clock.now())
            except RejectedError as error:
                self.bad += 1
                click.echo(f"line {row.line}: {error}", err=True)
                if self.rejects is not None:
                    self.rejects.write(f"{row.line}\t{error}\t{row.text}\n")


async def _import(settings: Settings, rows: Iterator[Row], done: Import) -> None:
    at_once = max(1, int(done.rate * _BATCH_SECONDS))
    bar = Progress(console=Console(stderr=True), transient=True)
    async with Producer(settings.kafka, client_id="import") as producer:
        with bar:
            task = bar.add_task("importing", total=done.size)
            while batch := list(islice(rows, at_once)):
                began = clock.monotonic()
                await _send(producer, batch, done)
                bar.update(task, completed=batch[-1].position)
                await asyncio.sleep(max(0.0, began + len(batch) / done.rate - clock.monotonic()))


async def _send(producer: Producer, batch: list[Row], done: Import) -> None:
    outs = [_out(posted) for posted in done.accepted(batch)]
    try:
        await producer.send_all(outs)
    except TransientError as error:
        raise TransientError(
            f"{error}. Imported up to line {done.line}: import the file again when the broker is"
            " back, which changes nothing of what is tracked already"
        ) from error
    done.good += len(outs)
    done.line = batch[-1].line


def _out(posted: PostedPurchase) -> Out:
    return Out(topic=topics.POSTED, key=None, value=encode(posted))
