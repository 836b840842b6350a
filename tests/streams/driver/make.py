"""Records for the tests of the driver."""

from streams.contracts.step import Record


def record(
    offset: int, key: bytes | None = b"k", value: bytes = b"v", partition: int = 0
) -> Record:
    """One of topic `inbox`."""
    return Record(topic="inbox", partition=partition, offset=offset, key=key, value=value)
