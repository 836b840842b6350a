"""The limit of open files, of a real process that has few."""

import subprocess
import sys

import pytest

_PROGRAM = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
from sinks.delivery.open_files import allow_many
from tests.sinks.delivery.deliveries import plan
allow_many([plan(concurrency=50), plan(concurrency=60)])
print("limit", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "limit", "warned"), [(128, 300, 300, True), (128, 400, 400, False)]
)
def test_a_process_takes_what_it_may_and_says_what_it_lacks(
    soft: int, hard: int, limit: int, warned: bool
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(soft=soft, hard=hard)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    said = ended.stdout + ended.stderr

    assert f"limit {limit}" in said
    assert ("too_few_open_files" in said) is warned
    assert ("ulimit -n" in said) is warned
