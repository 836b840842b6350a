"""Dead letters (topic notifications.dead): a record that can't go on, untouched, and why."""

from streams.contracts import topics
from streams.contracts.step import Out, Record

_DETAIL = 1_000  # characters
_OURS = {topics.HEADER_REASON, topics.HEADER_DETAIL, topics.HEADER_SOURCE}


def dead_letter(record: Record, *, reason: str, detail: str) -> Out:
    """The record's bytes and headers as they came; `reason` a short stable word, `detail` a text."""
    kept = tuple(header for header in record.headers if header[0] not in _OURS)
    added = (
        (topics.HEADER_REASON, reason.encode()),
        (topics.HEADER_DETAIL, detail[:_DETAIL].encode(errors="replace")),
        (topics.HEADER_SOURCE, record.place.encode()),
    )
    return Out(topic=topics.DEAD, key=None, value=record.value, headers=kept + added)
