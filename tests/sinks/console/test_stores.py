"""Stores: what came last, why nothing did, whether silence is unusual; and that no string gets out of its place."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from markupsafe import escape

from sinks.charts.engine import Engine
from sinks.charts.writer import Writer
from streams.contracts.errors import TransientError
from streams.contracts.event import EventType
from streams.contracts.outcome import BillableMonth, OutcomeKind, Shipping
from streams.contracts.project import App, AppStore, Product, Project
from streams.contracts.step import Record
from streams.contracts.topics import PURCHASES
from streams.contracts.words import Origin
from streams.kafka.lag import GroupLag
from streams.observe import clock
from tests.sinks.charts.records import outcome
from tests.sinks.charts.test_last_received import APPLE, NOTHING, PROJECT, TIDE, counted, word
from tests.sinks.console.kept import became, told
from tests.sinks.console.site import Site, site

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnihtemos\u2066",
    "&lt;b&gt;\u0000",
    "x" * 10_000,
)


def tell(console: Site, key: str, value: object) -> None:
    console.parts.labels.learn(word(key, value))


async def test_the_time_stands_beside_the_store_relative_and_exact(console: Site) -> None:
    at = clock.now() - timedelta(minutes=3)
    tell(console, "tide/app_store", replace(NOTHING, last_received_at=at))
    page = await console.get("/")
    assert f'title="{at:%Y-%m-%d %H:%M:%S} UTC">3 minutes ago</time>' in page
    assert 'tabindex="0"' in page
    assert "No notifications received" not in page


async def test_an_empty_label_says_why(console: Site) -> None:
    assert "Why: nothing came." in await console.get("/")
    tell(console, "tide/app_store", counted(rejected=3, parked=2))
    page = await console.get("/")
    assert "No notifications received" in page
    assert "Why: 3 rejected (signature); 2 authentic but untracked." in page


def out(receipt: str, kind: OutcomeKind = OutcomeKind.MATCHED) -> Record:
    """What was parked was applied."""
    return became(receipt, kind, origin=Origin.PARKED, tracked=True)


@pytest.mark.parametrize(
    ("later", "shown"),
    [
        ([], "3 kept"),
        ([became("1", OutcomeKind.PARKED, origin=Origin.PARKED)], "3 kept"),
        ([out("1"), became("2", OutcomeKind.PARKED_DROPPED)], "1 kept"),
        ([out("1"), out("2"), out("3", OutcomeKind.STALE)], "<dt>Untracked</dt><dd>none</dd>"),
    ],
)
async def test_what_waits_until_it_is_tracked_is_counted_and_what_came_out_no_more(
    console: Site, writer: Writer, later: list[Record], shown: str
) -> None:
    tell(console, "tide/app_store", counted(parked=3, no_purchase=7))
    writer.write(became(receipt, OutcomeKind.PARKED) for receipt in "123")
    writer.write([became("about none", OutcomeKind.NO_PURCHASE), *later])
    page = await console.get("/")
    assert shown in page
    link = 'href="/notifications?app=tide&amp;store=app_store&amp;outcome=parked"'
    assert (link in page) == ("kept" in shown)


async def test_a_secret_that_is_wrong_from_the_start_is_told(console: Site) -> None:
    wrong = replace(NOTHING, first_rejections=5, last_rejected_at=clock.now())
    tell(console, "tide/app_store", wrong)
    assert "Wrong secret?" in await console.get("/")


async def test_plan_shipping_and_the_month_are_those_of_the_backends_own_posts(
    console: Site,
) -> None:
    assert "Grow (Sandbox)" in await console.get("/")
    month = BillableMonth(
        month=f"{clock.now():%Y-%m}", purchases=12, usd_micros=123_450_000, unpriced=1
    )
    tell(console, "tide/-", Shipping(app_id=TIDE, shipped_at=clock.now(), billable=(month,)))
    page = await console.get("/")
    assert "Grow (Sandbox)" not in page
    assert "12 billable purchases, 123.45 USD, 1 without a price" in page


async def test_the_last_24_hours_are_counted_by_outcome(console: Site, writer: Writer) -> None:
    now = clock.now()
    for count, kind in ((3, OutcomeKind.MATCHED), (1, OutcomeKind.REJECTED)):
        writer.write(outcome(kind=kind, received_at=now, tracked=True) for _ in range(count))
    writer.write([outcome(received_at=now - timedelta(hours=30))])
    page = await console.get("/")
    assert "notifications an hour by outcome: 3 matched, 1 rejected" in page
    assert 'class="refused"' in page


async def test_a_silence_is_told_when_it_is_unusual_for_that_store(
    console: Site, writer: Writer
) -> None:
    """It spoke every ten minutes for two days, five hours ago last."""
    last = clock.now() - timedelta(hours=5)
    spoke = [last - timedelta(minutes=10 * n) for n in range(288)]
    writer.write(outcome(received_at=at, tracked=True) for at in spoke)
    tell(console, "tide/app_store", replace(NOTHING, last_received_at=last))
    page = await console.get("/")
    assert (
        "Silent for 5 hours: in its last week it was seldom silent for more than 10 minutes" in page
    )


async def test_what_does_not_move_the_label_says_nothing_of_the_usual_silence(
    console: Site, writer: Writer
) -> None:
    """A forgery every minute must not make an alarm of a store that speaks once an hour or two."""
    now = clock.now()
    forged = [
        outcome(kind=OutcomeKind.REJECTED, received_at=now - timedelta(minutes=n))
        for n in range(600)
    ]
    genuine = [
        outcome(received_at=now - timedelta(hours=2 * n), tracked=True) for n in range(1, 12)
    ]
    writer.write([*forged, *genuine])
    tell(console, "tide/app_store", replace(NOTHING, last_received_at=now - timedelta(hours=2)))
    assert "Silent for" not in await console.get("/")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_string_that_others_chose_stays_text(
    clickhouse: Engine, tmp_path: Path, text: str
) -> None:
    apps = (App(app_id=TIDE, name=text, stores=(AppStore(store=APPLE, track_new=text),)),)
    project = Project(name=text, sha256="", apps=apps)
    async with site(clickhouse, tmp_path, project=project) as served:
        rejected = replace(
            counted(rejected=1),
            last_rejected_at=clock.now(),
            last_rejected_reason=text,
            last_rejected_detail=text,
        )
        tell(served, "tide/app_store", rejected)
        page = await served.get("/")
    shown = str(escape(text))
    assert page.count(shown) >= 5, "as project, app, setting, reason and announcement"
    assert text == shown or text not in page
    assert page.count("<script") == 1


async def test_labels_are_shown_when_clickhouse_does_not_answer(
    clickhouse: Engine, tmp_path: Path
) -> None:
    elsewhere = replace(clickhouse, options={**clickhouse.options, "database": "default"})
    async with site(elsewhere, tmp_path) as served:
        tell(served, "tide/app_store", replace(NOTHING, last_received_at=clock.now()))
        page = await served.get("/")
    assert "ClickHouse does not answer" in page
    assert "Last received <time" in page
    assert "<dt>Untracked</dt><dd>not known</dd>" in page


async def test_a_role_that_does_not_read_stands_above_the_stores(
    clickhouse: Engine, tmp_path: Path
) -> None:
    async def asked() -> list[GroupLag]:
        return [GroupLag(group="track-v1", topic=PURCHASES, partition=0, records=9, seconds=95.0)]

    async with site(clickhouse, tmp_path, asked=asked) as served:
        page = await served.get("/")
    assert "track is behind: 9 records wait in purchases.inbox.v1, the oldest for 95 s." in page
    assert "See whether python -m streams track runs" in page


async def test_a_broker_that_is_away_is_said_and_the_labels_are_shown(
    clickhouse: Engine, tmp_path: Path
) -> None:
    async def asked() -> list[GroupLag]:
        raise TransientError("no answer")

    async with site(clickhouse, tmp_path, asked=asked) as served:
        page = await served.get("/")
    assert "Kafka does not answer (no answer)." in page
    assert "Why: nothing came." in page


async def test_nothing_needs_anybody_while_all_is_well(console: Site) -> None:
    assert "is behind" not in await console.get("/")


async def test_a_product_that_is_sold_and_not_listed_stands_above_the_stores(
    clickhouse: Engine, writer: Writer, tmp_path: Path
) -> None:
    project = replace(PROJECT, products=(Product(product_id="pro.monthly"),))
    writer.write([told("1", EventType.RENEWAL, product_id="gold", entitlement_ids=None)])
    async with site(clickhouse, tmp_path, project=project) as served:
        page = await served.get("/")
    assert "Sold in the last week and not in project.toml: gold (app_store)." in page
