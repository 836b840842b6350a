"""Which events carry revenue, its sign, and whose share it is."""

from typing import Any

import pytest

from sinks.destinations.revenue import Reporting, revenue, revenue_micros
from streams.contracts.event import EventType
from streams.contracts.words import PeriodType, Reason
from tests.sinks.events import event

PAID = {
    EventType.INITIAL_PURCHASE,
    EventType.RENEWAL,
    EventType.NON_RENEWING_PURCHASE,
    EventType.REFUND_REVERSED,
}


@pytest.mark.parametrize("type_", EventType)
def test_only_what_moves_money_carries_revenue(type_: EventType) -> None:
    assert (revenue(event(type=type_), Reporting.GROSS) is not None) is (type_ in PAID)


@pytest.mark.parametrize("why", [{"cancel_reason": Reason.CUSTOMER_SUPPORT}, {"refund_id": "rf-1"}])
def test_a_refund_is_negative(why: dict[str, Any]) -> None:
    back = event(type=EventType.CANCELLATION, price_usd_micros=-8_700_000, **why)

    assert revenue(back, Reporting.GROSS) == -8.7


def test_a_trial_is_0_and_an_unknown_price_is_none() -> None:
    trial = event(period_type=PeriodType.TRIAL, price_usd_micros=None)

    assert revenue(trial, Reporting.GROSS) == 0
    assert revenue(event(price_usd_micros=None), Reporting.GROSS) is None


@pytest.mark.parametrize(
    ("reporting", "shares", "micros"),
    [
        (Reporting.GROSS, {}, 8_700_000),
        (Reporting.AFTER_COMMISSION, {}, 7_603_800),
        (Reporting.AFTER_COMMISSION_AND_TAXES, {}, 6_214_410),
        (Reporting.AFTER_COMMISSION_AND_TAXES, {"tax_bp": None}, 7_603_800),
        (Reporting.AFTER_COMMISSION, {"commission_bp": None}, 8_700_000),
    ],
)
def test_the_share_that_is_reported(
    reporting: Reporting, shares: dict[str, Any], micros: int
) -> None:
    assert revenue_micros(event(**shares), reporting) == micros
