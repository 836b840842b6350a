"""Tracks what was sold before: a file of purchases, at a bounded rate, with the bad rows told."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import click
from rich.progress import Progress, TaskID

from streams.commands.import_rows import Row, accept_row, rows_of
from streams.commands.running import errors_told, settings_for
from streams.contracts import topics
from streams.contracts.codec import encode
from streams.contracts.errors import ConfigError, RejectedError, UnknownAppError
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
@click.option(
    "--store", help="The store of every row that names none: app_store, play_store, stripe."
)
@click.option("--rate", default=500, show_default=True, help="Rows a second.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write bad rows here too, a line each: line number, reason, row.",
)
def import_(file: Path, app_id: str, store: str | None, rate: int, rejects: Path | None) -> None:
    """Track the purchases of FILE: CSV with a header, or JSON lines (.jsonl).

    Columns are the fields of POST /v1/purchases: app_user_id, the store's id of the purchase
    (original_transaction_id, purchase_token or subscription_id), environment, price, currency.
    A bad row is told with its line number and reason and the rest is imported; the exit code is
    then 1. An import never ships an app, never counts as a post, and makes no webhook.
    """
    with errors_told():
        settings = settings_for("import")
        app = _app(settings, app_id)
        bad = Rejects(rejects)
        good = asyncio.run(_import(settings, list(rows_of(file)), (app, store, rate), bad))
        bad.close()
        click.echo(f"{good} imported, {bad.count} rejected")
        if bad.count:
            sys.exit(_SOME_WERE_BAD)


def _app(settings: Settings, app_id: str) -> App:
    project = load_project(settings.project).project
    try:
        return project.app(AppId(app_id))
    except UnknownAppError as error:
        names = ", ".join(app.app_id for app in project.apps)
        raise ConfigError(f"--app {app_id}: the project has {names}") from error


class Rejects:
    """Tells bad rows on stderr, and in a file when there is one."""

    def __init__(self, path: Path | None) -> None:
        self.count = 0
        self._file: TextIO | None = path.open("w", encoding="utf-8") if path else None

    def add(self, row: Row, error: RejectedError) -> None:
        self.count += 1
        click.echo(f"line {row.line}: {error}", err=True)
        if self._file is not None:
            self._file.write(f"{row.line}\t{error}\t{row.text}\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


async def _import(
    settings: Settings, rows: list[Row], how: tuple[App, str | None, int], bad: Rejects
) -> int:
    app, store, rate = how
    size = max(1, int(rate * _BATCH_SECONDS))
    good = 0
    async with Producer(settings.kafka, client_id="import") as producer:
        with Progress(transient=True) as bar:
            task = bar.add_task("importing", total=len(rows))
            for batch in _batches(rows, size):
                began = clock.monotonic()
                outs = [_out(posted) for posted in _accepted(batch, app, store, bad)]
                await producer.send_all(outs)
                good += len(outs)
                _advance(bar, task, len(batch))
                await asyncio.sleep(max(0.0, began + len(batch) / rate - clock.monotonic()))
    return good


def _advance(bar: Progress, task: TaskID, count: int) -> None:
    bar.update(task, advance=count)


def _batches(rows: list[Row], size: int) -> Iterator[list[Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _accepted(
    rows: Iterable[Row], app: App, store: str | None, bad: Rejects
) -> Iterator[PostedPurchase]:
    for row in rows:
        try:
            yield accept_row(row, app, store, clock.now())
        except RejectedError as error:
            bad.add(row, error)


def _out(posted: PostedPurchase) -> Out:
    return Out(topic=topics.POSTED, key=None, value=encode(posted))
