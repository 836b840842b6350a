"""Ids given at the door: UUIDs of version 7, so that they sort by the time they were given."""

import os
from datetime import datetime

from streams.contracts.ids import ReceiptId

_12_BITS, _14_BITS, _16_BITS = 0xFFF, 0x3FFF, 0xFFFF
_VARIANT = 0x8000


def new_receipt_id(now: datetime) -> ReceiptId:
    """48 bits of milliseconds, then 74 random bits, with version and variant between (RFC 9562)."""
    time = int(now.timestamp() * 1000)
    random = int.from_bytes(os.urandom(10), "big")
    return ReceiptId(
        f"{time >> 16:08x}-{time & _16_BITS:04x}-7{random & _12_BITS:03x}"
        f"-{random >> 12 & _14_BITS | _VARIANT:04x}-{random >> 32:012x}"
    )
