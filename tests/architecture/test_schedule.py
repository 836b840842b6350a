"""Who shares a process when tests run in several: a file, and all that stands on the one running service."""

from tests.architecture.source import ROOT, files, shown, text
from tests.schedule import _START_THEIR_OWN, together


def test_a_file_stays_whole() -> None:
    assert together("tests/ingress/test_a.py::test_x[b::c]") == "tests/ingress/test_a.py"
    assert together("tests/ingress/test_a.py::TestX::test_y") == "tests/ingress/test_a.py"


def test_the_running_service_is_started_once_and_what_starts_its_own_is_apart() -> None:
    e2e = [path for path in files(("tests",)) if path.is_relative_to(ROOT / "tests" / "e2e")]
    tests = [path for path in e2e if path.name.startswith("test_")]
    own = {shown(path) for path in tests if "with started(" in text(path)}
    shared = {together(f"{shown(path)}::test_x") for path in tests if shown(path) not in own}

    assert own == set(_START_THEIR_OWN)
    assert {together(f"{name}::test_x") for name in own} == own
    assert len(shared) == 1
