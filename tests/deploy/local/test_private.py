"""Who else has an account on the machine reads nothing of what deploy/up keeps."""

from pathlib import Path

import pytest

from deploy.local.private import make_private
from deploy.local.site import Site, ports_of


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(folder=tmp_path / ".local", name="own", ports=ports_of({}), project=tmp_path / "p")


def mode(folder: Path) -> int:
    return folder.stat().st_mode & 0o777


def test_what_is_made_is_the_user_s_own(site: Site) -> None:
    make_private(site)

    assert {mode(one) for one in (site.run, site.log, site.data, site.demo)} == {0o700}
    assert mode(site.data.parent) == 0o700


def test_what_stood_open_is_closed_and_keeps_what_is_in_it(site: Site) -> None:
    state = site.data / "track-0" / "state"
    state.parent.mkdir(parents=True)
    state.write_text("kept")
    for open_to_all in (site.data.parent, site.data, state.parent):
        open_to_all.chmod(0o755)
    make_private(site)

    assert (mode(site.data.parent), mode(site.data)) == (0o700, 0o700)
    assert state.read_text() == "kept"


def test_a_disk_behind_a_link_stays_as_it_is_and_what_lies_on_it_is_closed(
    site: Site, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir(mode=0o755)
    site.folder.mkdir()
    site.data.parent.symlink_to(disk)
    make_private(site)

    assert mode(disk) == 0o755
    assert mode(disk / "own") == 0o700
