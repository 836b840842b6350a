"""Folders that only the user who runs this may look into: they hold customers, keys and what was sold."""

from collections.abc import Iterable
from pathlib import Path

from deploy.local.site import Site
from streams.contracts.errors import ConfigError

PRIVATE = 0o700


def make_private(site: Site) -> None:
    """Make what is missing, and close what an earlier version or a user's habit left open. Raise
    ConfigError for a folder of somebody else's."""
    for folder in _folders(site):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
            folder.chmod(PRIVATE)
        except PermissionError as error:
            raise ConfigError(
                f"{folder} is not yours ({error.strerror}): start deploy/up as the user who made it,"
                " or give it to you by chown"
            ) from error


def _folders(site: Site) -> Iterable[Path]:
    """What lies behind a link of the operator's own holds other things too, may be: in it is closed
    what this makes there."""
    all_data = site.data.parent
    yield from (site.run, site.log, site.demo)
    if not all_data.is_symlink():
        yield all_data
    yield site.data
