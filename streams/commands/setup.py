"""The setup page of a store, filled in, and what a check of its connection finds."""

import asyncio
import sys
from collections.abc import Iterable

import click
from rich.console import Console

from streams.commands.checking import check_connection
from streams.commands.markdown_page import MarkdownPage
from streams.commands.running import STORE, errors_told
from streams.contracts.finding import Finding, Level
from streams.settings.environment import load_settings
from streams.settings.setup_page import SetupPage, load_setup_page

_FAILED = 1
_WIDTH = 120
_COLORS = {Level.OK: "green", Level.WARNING: "yellow", Level.FAILED: "red"}


@click.command()
@click.argument("app")
@click.argument("store", type=STORE)
@click.option("--check", is_flag=True, help="Only check; exit with 1 when something is wrong.")
def setup(app: str, store: str, check: bool) -> None:
    """Print how to connect STORE to the app APP, filled in for this deployment; then check it.

    The page says what to click where, with this deployment's public_url, the app's ids and the
    route's token: keep it to yourself. Into a file or a pipe it is plain Markdown.

    \b
    The check looks
      at your public URL as a store does: its name, port and certificate, whether it answers
        without a redirect and lets posts through (nothing is stored);
      at what came so far, asked of SN_CHARTS_URL.
    Each finding says what to do next.

    \b
      python -m streams setup notes stripe              the page, then the check
      python -m streams setup notes stripe > stripe.md  the page as a file
      python -m streams setup notes stripe --check      only the check, as after each change
    """
    with errors_told():
        settings = load_settings()
        page = load_setup_page(settings, app, store)
        if not check:
            _show(page)
        findings = asyncio.run(check_connection(page, settings))
        _tell(page, findings, aside=not check and not sys.stdout.isatty())
    if check and any(finding.level is Level.FAILED for finding in findings):
        sys.exit(_FAILED)


def _show(page: SetupPage) -> None:
    if sys.stdout.isatty():
        terminal = Console()
        terminal.print(MarkdownPage(page.markdown), width=min(terminal.width, _WIDTH), crop=False)
    else:
        click.echo(page.markdown, nl=False)
    for what in page.unset:
        click.secho(f"not set: {what}", err=True, fg="yellow")


def _tell(page: SetupPage, findings: Iterable[Finding], *, aside: bool) -> None:
    """`aside`: to stderr, so that a page that goes into a file is a page and nothing else."""
    click.secho(f"Connection of {page.app_id} and {page.title}", bold=True, err=aside)
    for finding in findings:
        mark = click.style(f"{finding.level:<8}", fg=_COLORS[finding.level])
        click.echo(f"{mark} {finding.text}", err=aside)
        if finding.remedy:
            click.echo(f"{'':8} {finding.remedy}", err=aside)
