"""A broker that hangs: it accepts connections and answers nothing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.broker import Broker


@contextmanager
def hanging(broker: Broker) -> Iterator[None]:
    """While inside."""
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(broker.pid, signal.SIGCONT)
