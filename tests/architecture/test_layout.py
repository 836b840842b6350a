"""The top level holds what it may hold, names say something, and nothing knows this machine."""

import re
import subprocess
from pathlib import Path

from tests.architecture.source import PACKAGES, PRODUCT, ROOT, files, shown, text

_TOP_LEVEL = {"pyproject.toml", "README.md", *PACKAGES}
_EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
_MACHINE = re.compile(r"/(?:home|root|Users|work|opt)/\w|\bfile://|index-url|https?://[\w.-]*pypi")


def _tracked() -> list[str]:
    said = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return said.stdout.splitlines()


def test_the_top_level_is_exactly_what_is_allowed() -> None:
    top = {name.split("/")[0] for name in _tracked()}
    assert {name for name in top if not name.startswith(".")} <= _TOP_LEVEL


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = {shown(path): set(Path(shown(path)).with_suffix("").parts) for path in files()}
    assert {name for name, found in parts.items() if found & _EMPTY_NAMES} == set()


def test_nothing_names_a_path_of_one_machine_or_a_package_index() -> None:
    texts = {shown(path): text(path) for path in files(PRODUCT)}
    locks = (ROOT / "deploy" / "local").glob("*.txt")
    texts |= {shown(path): path.read_text() for path in locks}
    assert {
        name: _MACHINE.findall(found) for name, found in texts.items() if _MACHINE.search(found)
    } == {}


def test_nothing_leads_to_a_page_that_is_not_here() -> None:
    here = {Path(name).name for name in _tracked()}
    named = {shown(path): set(re.findall(r"\b[\w-]+\.md\b", text(path))) for path in files()}
    assert {name: found - here for name, found in named.items() if found - here} == {}


def test_the_commands_can_be_run_from_a_clone() -> None:
    said = subprocess.run(
        ["git", "ls-files", "-s", "deploy/up", "deploy/test", "deploy/local/lock", ".ci/run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    modes = [line.split()[0] for line in said.stdout.splitlines()]
    assert modes == ["100755"] * 4


def test_only_the_settings_read_the_environment_and_only_the_clock_reads_the_clock() -> None:
    """What the linter can't see: the same by another name."""
    banned = re.compile(
        r"\bos\.environ\b|\bos\.getenv\b|datetime\.now\(|datetime\.utcnow\(|time\.time\("
    )
    allowed = (
        "streams/settings/",
        "streams/observe/clock.py",
        "deploy/",
        "streams/stores/__init__.py",
    )
    found = {
        shown(path)
        for path in files(PRODUCT)
        if banned.search(text(path)) and not shown(path).startswith(allowed)
    }
    assert {name for name in found if not name.endswith("__main__.py")} == set()


def test_every_port_of_a_process_is_opened_where_slow_senders_are_cut_off() -> None:
    opens = re.compile(r"\b(?:AppRunner|TCPSite|SockSite|UnixSite|run_app|start_server)\(")
    found = [
        shown(path) for path in files(("ingress", "streams", "sinks")) if opens.search(text(path))
    ]
    assert found == ["streams/observe/listening.py"]
