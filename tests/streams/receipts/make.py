"""Outcomes for the tests of receipts, in plain words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.money import Money
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.words import Environment, Origin

APP = AppId("app")
APPLE = StoreName("app_store")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def outcome(
    kind: OutcomeKind,
    minutes: float = 0,
    **fields: Any,  # noqa: ANN401 - any field of an Outcome
) -> Outcome:
    """What became of a message that the store pushed `minutes` after noon."""
    told = Outcome(
        kind=kind,
        app_id=APP,
        store=APPLE,
        received_at=at(minutes),
        receipt_id=ReceiptId(f"r-{minutes}"),
        origin=Origin.NOTIFICATION,
        environment=Environment.PRODUCTION,
    )
    return replace(told, **fields)


def matched(minutes: float = 0, **fields: Any) -> Outcome:  # noqa: ANN401 - any field of an Outcome
    return outcome(OutcomeKind.MATCHED, minutes, **{"tracked": True, **fields})


def forged(minutes: float = 0, reason: str = "signature") -> Outcome:
    return outcome(OutcomeKind.REJECTED, minutes, reason=reason, detail="no such signer")


def posted(
    when: datetime = NOON,
    *,
    ships: bool = True,
    price: Money | None = None,
    **fields: Any,  # noqa: ANN401 - any field of an Outcome
) -> Outcome:
    """The app's own backend posted a purchase for the first time."""
    told = outcome(
        OutcomeKind.POSTED, store=StoreName("-"), origin=Origin.POST, ships=ships, price=price
    )
    return replace(told, received_at=when, **fields)
