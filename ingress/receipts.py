"""Ids given at the door: UUIDs of version 7, so that they sort by the time they were given."""

import os
from datetime import datetime
from uuid import UUID

from streams.contracts.ids import ReceiptId

_VERSION, _VARIANT = 7, 0b10


def new_receipt_id(now: datetime) -> ReceiptId:
    """48 bits of milliseconds, then 74 random bits."""
    random = int.from_bytes(os.urandom(10))
    return ReceiptId(
        str(
            UUID(
                int=int(now.timestamp() * 1000) << 80
                | _VERSION << 76
                | (random >> 68) << 64
                | _VARIANT << 62
                | random & (1 << 62) - 1
            )
        )
    )
