"""The end of a process that must not go on: at once, so that nothing later acknowledges or commits.

Faust's own crash stops gracefully and waits for ever when records are in flight (its `wait_empty`).
"""

import os
import sys
from typing import NoReturn

import structlog

_log = structlog.get_logger(__name__)
CRASHED = 1


def end_process(why: str, error: BaseException | None = None) -> NoReturn:
    """Log and leave, from whichever thread; the supervisor starts the role again."""
    _log.critical("process_ended", why=why, exc_info=error)
    sys.stderr.flush()
    os._exit(CRASHED)
