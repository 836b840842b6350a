"""A new app: its entry in project.toml, its tokens and its backend key."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from secrets import token_urlsafe

import click

from streams.commands.new_token import BYTES
from streams.commands.running import STORE, errors_told
from streams.contracts import stores
from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.contracts.project import Options, Plan
from streams.settings.environment import load_settings
from streams.settings.project_entry import (
    NewApp,
    NewStore,
    with_entry,
    write_project,
    write_secrets,
)
from streams.stores import STORES

_NAMES = [str(store.name) for store in stores.ALL]
_WORDS: Mapping[str, bool] = {"true": True, "false": False}


@click.command("new-app")
@click.argument("app")
@click.option("--name", help="As people know it; else the id.")
@click.option("--plan", type=click.Choice([one.value for one in Plan]), default="analyze")
@click.option("--store", "names", multiple=True, type=STORE, help="Each of its stores.")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="STORE.OPTION=VALUE",
    help="An option of a store, as in app_store.bundle_id=com.example.notes.",
)
@click.option(
    "--track-new", default="off", show_default=True, help="Whose a purchase is that nobody posted."
)
@click.option("--env", is_flag=True, help="Read secrets from variables; print lines that set them.")
@click.option("--project-name", default="My company", help="Of a project.toml that is made now.")
@click.option(
    "--public-url", default="", help="The same: where stores reach port 8080, https://..."
)
def new_app(  # noqa: PLR0917 - click gives one for each option
    app: str,
    name: str | None,
    plan: str,
    names: tuple[str, ...],
    given: tuple[str, ...],
    track_new: str,
    env: bool,
    project_name: str,
    public_url: str,
) -> None:
    """Add the app with the id APP to project.toml (SN_PROJECT), and make its secrets.

    On a terminal it asks for what is not given. The entry is appended: what stands in the file,
    comments too, stays as it is, and nothing is written unless the whole file would be right. Each
    store gets a token, the app a backend key, as files beside the project in .secrets/ that only you
    can read; with --env as variables instead, printed once.

    \b
      python -m streams new-app notes --store stripe
      python -m streams new-app notes --name Notes --plan grow --store app_store \\
          --set app_store.bundle_id=com.example.notes --set app_store.app_apple_id=1234567890
      python -m streams new-app notes --store stripe --env >> notes.env
    """
    with errors_told():
        file = load_settings().project
        names = names or _asked_stores()
        made = NewApp(
            app_id=app,
            name=name or app,
            plan=Plan(plan),
            in_environment=env,
            stores=tuple(_new_stores(names, _options(names, given), track_new)),
        )
        _add(file, made, with_entry(file, made, project=project_name, public_url=public_url))


def _new_stores(
    names: Iterable[str], options: Mapping[str, Options], track_new: str
) -> Iterator[NewStore]:
    """One for each name, a repeated one too: the file is refused for it."""
    for name in names:
        store = StoreName(name)
        yield NewStore(
            store=store,
            options=_complete(store, options[name]),
            track_new=track_new,
            secret=stores.BY_NAME[store].advice.secret,
        )


def _add(file: Path, app: NewApp, text: str) -> None:
    secrets = {name: token_urlsafe(BYTES) for name in app.made}
    if not app.in_environment:
        write_secrets(file.parent, secrets)
    write_project(file, text)
    if app.in_environment:
        for line in (f"{name}={value}" for name, value in secrets.items()):
            click.echo(line)
    _tell(file, app)


def _tell(file: Path, app: NewApp) -> None:
    """To stderr: stdout is for the variables."""
    click.echo(f"{file}: app {app.app_id} was added", err=True)
    if not app.in_environment:
        click.echo(f"made, readable by you alone: {', '.join(app.made)}", err=True)
    for store in app.stores:
        if store.secret:
            where = app.secret(store.store)
            click.echo(f"to come: the {store.secret} of {store.store}, into {where}", err=True)
    click.echo("next, the way to connect each store, and a check of it:", err=True)
    for store in app.stores:
        click.echo(f"  python -m streams setup {app.app_id} {store.store}", err=True)


def _asked_stores() -> tuple[str, ...]:
    if not sys.stdin.isatty():
        raise ConfigError(f"name a store: --store {' or --store '.join(_NAMES)}")
    return tuple(name for name in _NAMES if click.confirm(f"Does it sell by {name}?", err=True))


def _options(names: Iterable[str], given: Iterable[str]) -> dict[str, Options]:
    """By store. Raise ConfigError for what is no option of a store that is named."""
    found: dict[str, Options] = {name: {} for name in names}
    for text in given:
        place, equals, value = text.partition("=")
        store, dot, option = place.partition(".")
        if not (equals and dot and option and store in found):
            known = ", ".join(found) or "none"
            raise ConfigError(f"--set {text}: write STORE.OPTION=VALUE; the stores are: {known}")
        found[store][option] = _read(StoreName(store), option, value)
    return found


def _read(store: StoreName, option: str, value: str) -> object:
    numbers = {one.option for one in stores.BY_NAME[store].advice.questions if one.number}
    if option not in numbers:
        return _WORDS.get(value, value)
    if not (value.isascii() and value.isdigit()):
        raise ConfigError(f"{store}.{option} is {value!r}: it is a number")
    return int(value)


def _complete(store: StoreName, options: Options) -> Options:
    """The options with what is asked for, until the store's own check has enough."""
    for question in stores.BY_NAME[store].advice.questions:
        if question.option in options or not sys.stdin.isatty() or _is_enough(store, options):
            continue
        answer = click.prompt(f"{store}: {question.text}", err=True)
        options = {**options, question.option: _read(store, question.option, answer)}
    try:
        STORES[store].check(options, demo=False)
    except ConfigError as error:
        wanted = ", ".join(one.option for one in stores.BY_NAME[store].advice.questions)
        text = f"{store}: {error}: give each by --set {store}.OPTION=VALUE ({wanted})"
        raise ConfigError(text) from error
    return options


def _is_enough(store: StoreName, options: Options) -> bool:
    try:
        STORES[store].check(options, demo=False)
    except ConfigError:
        return False
    return True
