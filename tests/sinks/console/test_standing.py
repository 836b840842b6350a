"""What is held now, by the folded periods: words, badge and access at each moment of a period."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sinks.console.customers_queries import Folded
from sinks.console.standing import Holding, entitlements, holdings

NOW = datetime(2026, 11, 10, tzinfo=UTC)
NEVER, ENDLESS = datetime(1970, 1, 1, tzinfo=UTC), datetime(2106, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def folded(**period: Any) -> Folded:  # noqa: ANN401 - a period's values
    told = {
        "kinds": "normal",
        "products": "pro",
        "starts": NOW - 20 * DAY,
        "ends": NOW + 10 * DAY,
        "expiries": NOW + 10 * DAY,
        "patient": NEVER,
        "renews": True,
        "refunds": NEVER,
    }
    lists: dict[str, Any] = {name: (value,) for name, value in (told | period).items()}
    return Folded(
        environment="PRODUCTION", store="stripe", subscription_id="a/b", customer_id="ann", **lists
    )


def only(**period: Any) -> Holding:  # noqa: ANN401 - a period's values
    (one,) = holdings([folded(**period)], (), NOW)
    return one


PAST = {"ends": NOW - DAY, "expiries": NOW - DAY}


@pytest.mark.parametrize(
    ("period", "words", "active"),
    [
        ({}, "Active", True),
        ({"renews": False}, "Active, not renewing", True),
        ({"kinds": "trial"}, "In a trial", True),
        ({"expiries": NOW - DAY}, "In grace: a charge failed, access goes on", True),
        (
            PAST | {"patient": NOW + DAY},
            "Due: its end has passed, and nobody has said what follows",
            True,
        ),
        (PAST, "Ended", False),
        (PAST | {"refunds": NOW - DAY}, "Refunded", False),
        ({"kinds": "one_time", "ends": NOW - DAY}, "Bought once", True),
        ({"kinds": "one_time", "refunds": NOW - DAY}, "Bought once, refunded", False),
        ({"kinds": "a_new_kind"}, "A_New_Kind", True),
    ],
)
def test_a_period_says_how_it_stands(period: dict[str, Any], words: str, active: bool) -> None:
    assert (only(**period).words, only(**period).active) == (words, active)


def test_grace_without_an_end_has_none() -> None:
    assert only(ends=ENDLESS, expiries=NOW - DAY).until is None


def test_of_several_holdings_of_an_entitlement_the_longest_counts() -> None:
    def holding(active: bool, until: datetime | None) -> Holding:
        return Holding(
            purchase_key="k",
            subscription_id="k",
            store="stripe",
            environment="PRODUCTION",
            product_id="pro",
            words="",
            tone="",
            active=active,
            since=NOW,
            until=until,
            entitlements=("gold",),
        )

    ended, soon, late = holding(False, None), holding(True, NOW + DAY), holding(True, NOW + 9 * DAY)
    for held in ((ended, soon, late), (late, ended, soon)):
        (gold,) = entitlements(held)
        assert (gold.active, gold.until) == (True, NOW + 9 * DAY)
