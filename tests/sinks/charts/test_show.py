"""What operators see in a terminal."""

from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from sinks.charts import show
from sinks.charts.last_received import WRONG_SECRET

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STORE: dict[str, Any] = {
    "title": "App Store",
    "text": "No notifications received",
    "why": "nothing came",
    "warning": "",
    "last_received_at": None,
    "last_authentic_at": None,
    "last_rejected_at": None,
    "last_rejected_reason": "",
    "last_rejected_detail": "",
    "counts": {},
}
APP: dict[str, Any] = {
    "app_id": "tide",
    "name": "Tidepool",
    "plan_text": "Grow (Sandbox)",
    "shipped_at": None,
    "billable": [],
    "stores": [STORE],
}
DELIVERY: dict[str, Any] = {
    "destination": "backend",
    "type": "webhook",
    "events": 1200,
    "delivered": 1199,
    "retries": 3,
    "dead": 1,
    "delivered_after_ms_p50": 42.4,
    "delivered_after_ms_p99": 190.0,
    "last_delivered_at": "2026-11-23T11:58:00Z",
}
LAG = {"group": "verify", "topic": "notifications.raw", "records": 1234, "seconds": 2.25}
READ = {"group": "track-v1", "topic": "purchases.inbox.v1", "records": 0, "seconds": 0.0}
TOLD = {"attention": [], "groups": [LAG, READ]}


def printed(
    app: dict[str, Any] = APP,
    deliveries: tuple[dict[str, Any], ...] = (),
    lag: dict[str, Any] = TOLD,
) -> str:
    console = Console(width=200)
    answers = {"apps": [app]}, {"destinations": list(deliveries)}, lag
    with console.capture() as captured:
        console.print(show.status(*answers, NOW))
    return captured.get()


def store(**told: object) -> dict[str, Any]:
    return {**APP, "stores": [{**STORE, **told}]}


def test_an_empty_label_stands_with_its_reason_and_warning() -> None:
    text = printed(store(why="3 rejected (signature)", warning=WRONG_SECRET))
    assert "Tidepool (tide): Grow (Sandbox), not shipped" in text
    for line in ("No notifications received", "3 rejected (signature)", WRONG_SECRET):
        assert line in text


def test_a_label_says_when_and_how_long_ago() -> None:
    told = {
        "text": "Last received 2026-11-23 11:59:30 UTC",
        "last_received_at": "2026-11-23T11:59:30Z",
        "last_authentic_at": "2026-11-23T09:00:00Z",
        "last_rejected_at": "2026-11-20T12:00:00Z",
        "last_rejected_reason": "signature",
        "last_rejected_detail": "the chain ends elsewhere",
        "counts": {"matched": 7, "parked": 2},
    }
    text = printed(store(**told))
    assert "Last received 2026-11-23 11:59:30 UTC (30 s ago)" in text
    assert "3 h ago" in text
    assert "3 d ago, signature: the chain ends elsewhere" in text
    assert "on arrival" in text, "what was parked then may have been tracked since"
    assert "7 matched, 2 parked" in text


def test_a_shipped_app_says_since_when_and_what_its_backend_posted() -> None:
    month = {"month": "2026-11", "purchases": 3, "usd": 1234.5, "unpriced": 0}
    shipped = "2026-11-23T11:00:00Z"
    text = printed({**APP, "plan_text": "Grow", "shipped_at": shipped, "billable": [month]})
    assert "Tidepool (tide): Grow, shipped 1 h ago" in text
    assert "2026-11: 3 purchases, 1,234.50 USD" in text


def test_a_posted_purchase_without_a_price_is_not_told_as_one_of_nothing() -> None:
    month = {"month": "2026-11", "purchases": 1, "usd": 0.0, "unpriced": 1}
    before = {"month": "2026-10", "purchases": 2, "usd": 9.99, "unpriced": 1}
    text = " ".join(printed({**APP, "billable": [before, month]}).split())
    assert "2026-10: 2 purchases, 9.99 USD, 1 without a price; 2026-11: 1 purchase" in text
    assert "0.00 USD, 1 without a price" in text


def test_deliveries_and_lag_stand_below() -> None:
    text = printed(deliveries=(DELIVERY,))
    assert "1,200" in text
    assert "42 ms" in text
    assert "2 min ago" in text
    assert "1,234" in text
    assert "2.2" in text
    assert "deliveries" not in printed()


def test_who_has_read_everything_is_only_counted() -> None:
    text = printed()
    assert "purchases.inbox.v1" not in text
    assert "read to the end: 1 of 2" in text
    assert "lag: not known" in printed(lag={"attention": [], "groups": []})


def test_what_needs_somebody_stands_before_everything_else() -> None:
    one = {"what": "track is behind.", "do": "See whether it runs."}
    lines = printed(lag={**TOLD, "attention": [one]}).splitlines()
    assert [line.strip() for line in lines[:2]] == ["! track is behind.", "See whether it runs."]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (None, "never"),
        ("2026-11-23T12:00:00Z", "0 s ago"),
        ("2026-11-23T12:00:05Z", "0 s ago"),
        ("2026-11-23T11:59:01Z", "59 s ago"),
        ("2026-11-23T11:01:00Z", "59 min ago"),
        ("2026-11-22T12:00:01Z", "23 h ago"),
        ("2026-10-23T12:00:00Z", "31 d ago"),
    ],
)
def test_ages_are_told_in_one_unit(at: str | None, expected: str) -> None:
    assert show.ago(at, NOW) == expected


def test_records_are_a_table_and_none_are_said_to_be_none() -> None:
    console = Console(width=120)
    with console.capture() as captured:
        rows = [{"segment": "stripe", "mrr_usd": 1234.5, "incomplete": True, "why": None}]
        console.print(show.rows(rows, "mrr"))
        console.print(show.rows([]))
    text = captured.get()
    for part in ("mrr", "segment", "stripe", "1,234.50", "yes", "no rows"):
        assert part in text


def test_what_is_too_wide_stands_upright_and_no_cell_is_cut() -> None:
    rows = [{"received_to_delivered_ms_p50": 412, "received_to_delivered_ms_p99": 2821}]
    console = Console(width=60)
    with console.capture() as captured:
        console.print(show.rows_within(rows, "lag", 100))
        console.print(show.rows_within(rows, "lag", 60))
    wide, upright = captured.get().split("lag")[1:]
    assert "2,821" in wide.splitlines()[4]
    assert [line.split() for line in upright.splitlines() if line.strip()] == [
        ["received_to_delivered_ms_p50", "412"],
        ["received_to_delivered_ms_p99", "2,821"],
    ]


def test_a_small_share_is_not_shown_as_none() -> None:
    console = Console(width=120)
    with console.capture() as captured:
        console.print(show.rows([{"refunded_usd": 9.2, "refund_rate": 0.0042}]))
    assert captured.get().split()[-2:] == ["9.20", "0.0042"]
