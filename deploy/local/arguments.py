"""The arguments of deploy/up and deploy/test. Nothing but the standard library: read before anything is installed."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

_UP = """\
Start Store Notifications on this machine: a real Kafka broker, a real ClickHouse engine, every role
under a supervisor that restarts one alone when it ends. Then play the demo: a small business's last
90 days, signed for real and posted through the public route. Ctrl-C stops everything cleanly; the
next start keeps all data.
"""
_UP_MORE = """\
examples:
  deploy/up                          with the demo
  deploy/up --no-demo                the demo's apps, but nothing is played
  deploy/up --project project.toml   your own apps instead of the demo's
  deploy/up --check --project project.toml   whether a changed file can be used
  deploy/up --fresh                  forget all data of earlier starts

ports, all on loopback, each a setting:
  SN_NOTIFICATIONS_PORT  8080        where stores post
  SN_CHARTS_PORT         8081        console and charts API
  SN_API_PORT            8082        your backend posts purchases here
  SN_KAFKA               127.0.0.1:9092
  SN_PRIVATE_PORTS       8100        the first of a row: health and metrics of each role

everything made here lies in .local/: venv, jars, data/ of Kafka and ClickHouse (the demo's and your
own project's apart), log/ROLE.log, demo/
"""
_TEST = """\
Run the tests, starting what they need themselves (a Kafka broker, ClickHouse). They run in four
processes, each with a broker and an engine of its own: many wait for one, and leave a core to the
others. Ends with what failed and its logs, and what took longest. Arguments that are not known here
go to pytest.
"""
_TEST_MORE = """\
examples:
  deploy/test                        everything but the long fault tests
  deploy/test --faults               those too
  deploy/test tests/streams -k late  some
  deploy/test -n 0 --pdb -k late     in one process, where a debugger reaches them
"""
_PROCESSES = 4  # on two cores: with three of them more than half of their time was idle
_SLOWEST = 25  # told in the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """`project` None: the demo's own apps. `play`: their story too. `check`: the project alone is read."""

    play: bool
    fresh: bool
    project: Path | None
    check: bool = False


def up_arguments(given: list[str]) -> Up:
    parser = _parser("deploy/up", _UP, _UP_MORE)
    parser.add_argument("--no-demo", action="store_true", help="start, but play nothing")
    parser.add_argument(
        "--fresh", action="store_true", help="first remove the data of earlier starts"
    )
    parser.add_argument(
        "--project", type=Path, metavar="FILE", help="your project.toml instead of the demo's"
    )
    parser.add_argument(
        "--check", action="store_true", help="only read it, as every role does, and start nothing"
    )
    read = parser.parse_args(given)
    project = None if read.project is None else (called_from() / read.project).resolve()
    if project is not None and not project.is_file():
        parser.error(f"--project: there is no file {project}; python -m streams new-app makes one")
    if read.check and project is None:
        parser.error("--check: say which file, as in --check --project project.toml")
    play = not read.no_demo and project is None
    return Up(play=play, fresh=read.fresh, project=project, check=read.check)


def called_from() -> Path:
    """Where the person stands: deploy/up goes to its checkout before Python starts."""
    return Path(os.environ.get("DEPLOY_CALLED_FROM", ""))


def test_arguments(given: list[str]) -> list[str]:
    """What pytest is to be called with: of an argument given twice, pytest takes the later one."""
    parser = _parser("deploy/test", _TEST, _TEST_MORE)
    parser.add_argument("--faults", action="store_true", help="run the long fault tests as well")
    read, others = parser.parse_known_args(given)
    ours = ["-n", str(_PROCESSES), f"--durations={_SLOWEST}", "--durations-min=1"]
    return [*ours, *others, *(["--faults"] if read.faults else [])]


def _parser(name: str, text: str, more: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=name,
        description=text,
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
