"""What deploy/up does before it starts anything."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from deploy.local.arguments import Up
from deploy.local.screen import Screen
from deploy.local.site import Site, ports_of
from deploy.local.stack import Stack
from deploy.local.up import prepare, stay
from streams.commands.backfill import Done
from streams.contracts.errors import TransientError
from streams.contracts.ids import AppId, StoreName

_BEGINS = datetime(2026, 11, 1, tzinfo=UTC)
DAY = (_BEGINS, _BEGINS + timedelta(days=1))


@pytest.mark.parametrize("fresh", [True, False])
def test_a_fresh_start_forgets_the_data_and_which_days_were_fetched(
    fresh: bool, tmp_path: Path
) -> None:
    site = Site(
        folder=tmp_path, name="demo", ports=ports_of({}), project=tmp_path / "demo" / "project.toml"
    )
    for folder in (site.data / "kafka", site.demo, tmp_path / "data" / "own" / "kafka"):
        folder.mkdir(parents=True)
    typed = site.data.parent  # SN_DATA_DIR of a command, as the README gives it
    done = Done.read(typed, AppId("tidepool"), StoreName("stripe"))
    done.add(DAY)

    prepare(site, Up(play=False, fresh=fresh, project=None), Screen(Console(file=StringIO())))

    assert Done.read(typed, AppId("tidepool"), StoreName("stripe")).has(DAY) is not fresh
    assert site.data.exists() is site.demo.exists() is not fresh
    assert (typed / "own" / "kafka").exists()


async def test_who_stays_without_a_supervisor_is_told_what_to_do_and_no_traceback(
    tmp_path: Path,
) -> None:
    site = Site(folder=tmp_path, name="own", ports=ports_of({}), project=tmp_path / "project.toml")
    with pytest.raises(TransientError, match="The supervisor has ended"):
        await stay(Stack(site, demo=False), None, Screen(Console(file=StringIO())))
