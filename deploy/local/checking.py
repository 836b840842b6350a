"""Reads settings and project as all roles together do at their start, and starts nothing: before a restart finds out."""

from collections.abc import Mapping
from pathlib import Path

from aiohttp import ClientSession

from sinks.charts.door import check_keys
from sinks.delivery.plan import read_plans
from sinks.forward.plans import read_forwards
from streams.lookup.asking import lookups
from streams.lookup.pull import sources
from streams.settings.environment import load_settings
from streams.settings.project_file import ProjectFile, load_project
from streams.stores import check_project


async def check_files(project: Path, environ: Mapping[str, str]) -> ProjectFile:
    """Raise ConfigError, naming the place, when a setting is wrong or the project can't be used."""
    settings = load_settings(environ)
    check_keys(settings.charts_key, settings.erase_key)
    file = load_project(project, environ)
    file.check_secrets()
    check_project(file.project, file.keyring(), str(project))
    read_plans(file)
    read_forwards(file)
    async with ClientSession() as session:  # asks nobody: what would ask is made, and let go
        lookups(file.project, file.apis(), session)
        sources(file.project, file.apis(), session)
    return file
