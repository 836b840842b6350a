"""How records stand in purchases.inbox and purchases.pointers: topic, key, headers."""

from streams.contracts import topics
from streams.contracts.codec import encode
from streams.contracts.purchase import KINDS, InboxRecord, Pointer
from streams.contracts.step import Out

_KIND = {record: kind for kind, record in KINDS.items()}


def to_inbox(record: InboxRecord, *, hops: int = 0) -> Out:
    """One ordered stream a purchase."""
    return Out(
        topic=topics.PURCHASES,
        key=record.purchase_key.encode(),
        value=encode(record),
        headers=(
            (topics.HEADER_KIND, _KIND[type(record)].encode()),
            (topics.HEADER_HOPS, str(hops).encode()),
        ),
    )


def to_lookup(pointer: Pointer) -> Out:
    """All that point at one purchase go to one process, which asks for it once at a time."""
    key = f"{pointer.app_id}/{pointer.store}/{pointer.purchase_id}".encode()
    return Out(topic=topics.POINTERS, key=key, value=encode(pointer))
