"""Libraries say the same again and again while the broker is away: once in a while is enough.

Without this an outage of a minute is thousands of lines, in which the one that matters is lost.
"""

import logging

EVERY = 30.0  # seconds
_MOST = 1_000  # texts that are remembered: a library that writes values into its texts has no end of them


class Repeats(logging.Filter):
    """Of what the loggers `names`, and those below them, say: each text once in `EVERY`, with how
    often it was held back since. A text is its template, so one that names offsets is one text.
    What carries a traceback always passes.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._names = frozenset(names)
        self._told_at: dict[tuple[str, str], float] = {}
        self._held_back: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info or record.name.partition(".")[0] not in self._names:
            return True
        text = (record.name, str(record.msg))
        told_at = self._told_at.get(text)
        if told_at is not None and 0 <= record.created - told_at < EVERY:
            self._held_back[text] = self._held_back.get(text, 0) + 1
            return False
        if len(self._told_at) >= _MOST:
            self._told_at.clear()
            self._held_back.clear()
        self._told_at[text] = record.created
        if held_back := self._held_back.pop(text, 0):
            record.msg = f"{record.msg} ({held_back} more like it since the last)"
        return True
