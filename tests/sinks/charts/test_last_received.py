"""The labels: what they say when something came, and why they are empty when nothing did."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sinks.charts.last_received import WRONG_SECRET, AppLabel, Labels, StoreLabel
from streams.contracts.codec import encode
from streams.contracts.ids import AppId, StoreName
from streams.contracts.outcome import BillableMonth, LastReceived, Shipping
from streams.contracts.project import App, AppStore, Plan, Project
from streams.contracts.step import Record
from streams.contracts.topics import LAST_RECEIVED

TIDE, APPLE = AppId("tide"), StoreName("app_store")
AT = datetime(2026, 11, 23, 18, 5, 12, 345_000, tzinfo=UTC)
NOTHING = LastReceived(app_id=TIDE, store=APPLE)
PROJECT = Project(
    name="demo",
    sha256="",
    apps=(
        App(app_id=TIDE, name="Tidepool", plan=Plan.GROW, stores=(AppStore(store=APPLE),)),
        App(app_id=AppId("reef"), name="Reef"),
    ),
)


def word(key: str, value: object | None) -> Record:
    return Record(
        topic=LAST_RECEIVED,
        partition=0,
        offset=0,
        key=key.encode(),
        value=b"" if value is None else encode(value),
    )


def label(*words: Record) -> AppLabel:
    labels = Labels()
    for each in words:
        labels.learn(each)
    return labels.of(PROJECT)[0]


def store(*words: Record) -> StoreLabel:
    return label(*words).stores[0]


def counted(**counts: int) -> LastReceived:
    return replace(NOTHING, counts=counts, last_rejected_reason="signature")


def test_what_came_last_is_shown_to_the_second_in_utc() -> None:
    shown = store(word("tide/app_store", replace(NOTHING, last_received_at=AT)))
    assert (shown.title, shown.text, shown.why) == (
        *("App Store", "Last received 2026-11-23 18:05:12 UTC", ""),
    )
    assert shown.last_received_at == AT


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "nothing came"),
        ([word("tide/app_store", counted(rejected=3))], "3 rejected (signature)"),
        (
            [word("tide/app_store", counted(parked=2, duplicate=1))],
            "3 authentic but untracked",
        ),
        (
            [word("-/app_store", counted(unknown_token=4))],
            "4 posts to an unknown token",
        ),
        (
            [
                word("tide/app_store", counted(rejected=1, parked=5)),
                word("-/app_store", counted(unknown_token=2)),
            ],
            "1 rejected (signature); 5 authentic but untracked; 2 posts to an unknown token",
        ),
        ([word("-/stripe", counted(unknown_token=4))], "nothing came"),
    ],
)
def test_an_empty_label_says_why(words: list[Record], why: str) -> None:
    shown = store(*words)
    assert (shown.text, shown.why) == ("No notifications received", why)


def test_a_secret_that_no_signature_fits_is_suspected() -> None:
    assert store(word("tide/app_store", replace(NOTHING, first_rejections=4))).warning == ""
    suspected = store(word("tide/app_store", replace(NOTHING, first_rejections=5)))
    assert suspected.warning == WRONG_SECRET


def test_what_was_rejected_is_shown_with_its_reason_beside_an_unmoved_label() -> None:
    known = replace(
        NOTHING,
        last_received_at=AT,
        last_rejected_at=AT,
        last_rejected_reason="signature",
        last_rejected_detail="the chain ends elsewhere",
        counts={"rejected": 1, "matched": 9},
    )
    shown = store(word("tide/app_store", known))
    assert shown.last_rejected_at == AT
    assert shown.last_rejected_detail == "the chain ends elsewhere"
    assert shown.counts == {"matched": 9, "rejected": 1}
    assert shown.why == ""


def test_the_newest_word_counts_and_a_tombstone_takes_it_back() -> None:
    first = word("tide/app_store", counted(matched=1))
    second = word("tide/app_store", counted(matched=2))
    assert store(first, second).counts == {"matched": 2}
    assert store(first, word("tide/app_store", None)).counts == {}


def test_an_app_is_in_the_sandbox_of_its_plan_until_it_is_shipped() -> None:
    assert label().plan_text == "Grow (Sandbox)"
    received = word("tide/app_store", replace(NOTHING, last_received_at=AT))
    assert label(received).plan_text == "Grow (Sandbox)"
    shipped = label(word("tide/-", Shipping(app_id=TIDE, shipped_at=AT)))
    assert (shipped.plan, shipped.plan_text, shipped.shipped_at) == ("grow", "Grow", AT)


def test_a_months_billable_figure_is_shown_in_usd() -> None:
    month = BillableMonth(month="2026-11", purchases=3, usd_micros=14_970_000, unpriced=1)
    (shown,) = label(word("tide/-", Shipping(app_id=TIDE, billable=(month,)))).billable
    assert (shown.month, shown.purchases, shown.usd, shown.unpriced) == ("2026-11", 3, 14.97, 1)


def test_every_app_of_the_project_is_shown_and_no_other() -> None:
    labels = Labels()
    labels.learn(word("gone/app_store", counted(matched=1)))
    assert [(app.app_id, app.plan_text) for app in labels.of(PROJECT)] == [
        ("tide", "Grow (Sandbox)"),
        ("reef", "Analyze (Sandbox)"),
    ]
