"""Which tests go to the same process when there are several: those of a file, and those that share a service."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_SHARE_A_SERVICE = "tests/e2e/"
_START_THEIR_OWN = ("tests/e2e/test_joins.py", "tests/e2e/test_kill.py")


def together(nodeid: str) -> str:
    """The name of what is never split. All of tests/e2e is, as its service is started and its demo
    played once a process; but what kills or joins has a service of its own, one after the other:
    three services at once are too much for two cores."""
    file = nodeid.split("::", 1)[0]
    if file in _START_THEIR_OWN:
        return _START_THEIR_OWN[0]
    return _SHARE_A_SERVICE if file.startswith(_SHARE_A_SERVICE) else file


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # xdist is untyped
    """Files go out in the order of collection, which has the long ones at its beginning: sorted by
    the number of tests, as xdist does, the few that take a minute each would be left to the end."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)
