"""One event as the console shows it: a row of `events`, with what a timeline and a sentence need."""

from dataclasses import dataclass
from datetime import datetime

COLUMNS = """
  toString(event_id) AS event_id, type, app_id, store, environment, purchase_key, subscription_id,
  customer_id, aliases, occurred_at, received_at, written_at, sequence, origin, signal, notification_type, receipt_id, late,
  extension, product_id, new_product_id, entitlement_ids, period_type, purchased_at, expires_at,
  grace_expires_at, auto_resume_at, is_trial_conversion, reason, currency, price_micros, refund_id,
  transaction_id, is_family_share, transferred_from, transferred_to
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Texts that are not known are empty, as the table has them. `price_micros`: in `currency`,
    negative for a refund. `type`, `signal` and `reason` are our words, and of a newer writer perhaps
    one that this process does not know: so they are texts."""

    event_id: str
    type: str
    app_id: str
    store: str
    environment: str
    purchase_key: str
    subscription_id: str
    customer_id: str
    aliases: tuple[str, ...]
    occurred_at: datetime
    received_at: datetime
    written_at: datetime
    sequence: int
    origin: str
    signal: str
    notification_type: str
    receipt_id: str
    late: bool
    extension: bool
    product_id: str
    new_product_id: str
    entitlement_ids: tuple[str, ...]
    period_type: str
    purchased_at: datetime | None
    expires_at: datetime | None
    grace_expires_at: datetime | None
    auto_resume_at: datetime | None
    is_trial_conversion: bool
    reason: str
    currency: str
    price_micros: int | None
    refund_id: str
    transaction_id: str
    is_family_share: bool
    transferred_from: tuple[str, ...]
    transferred_to: tuple[str, ...]
