"""Why a broker could not be reached: aiokafka logs it and raises that it could not be, without the reason.

A wrong password then looks like a broker that is away, and is waited for.
"""

import logging

_LOGGER = "aiokafka"
_SAYS_WHY = 'Unable connect to "'  # aiokafka's template at a start: host, port, the error


class Refusals(logging.Filter):
    """Remembers the last reason; lets every record pass."""

    def __init__(self) -> None:
        super().__init__()
        self._last: BaseException | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        if str(record.msg).startswith(_SAYS_WHY) and isinstance(record.args, tuple):
            self._last = next((one for one in record.args if isinstance(one, Exception)), None)
        return True

    def take(self) -> BaseException | None:
        """The reason of the attempt that has just failed, once."""
        last, self._last = self._last, None
        return last


REFUSALS = Refusals()
logging.getLogger(_LOGGER).addFilter(REFUSALS)
