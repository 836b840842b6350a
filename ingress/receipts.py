"""Ids given at the door: UUIDs of version 7, so that they sort by the time they were given."""

import os
from datetime import datetime

from streams.contracts.ids import ReceiptId


def new_receipt_id(now: datetime) -> ReceiptId:
    """48 bits of milliseconds, then 74 random bits, with version and variant between (RFC 9562)."""
    time = f"{int(now.timestamp() * 1000):012x}"
    random = os.urandom(10).hex()
    variant = "89ab"[int(random[3], 16) % 4]
    return ReceiptId(f"{time[:8]}-{time[8:]}-7{random[:3]}-{variant}{random[4:7]}-{random[7:19]}")
