"""Customers and purchases: found by any id, with what they hold now and what happened."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

from sinks.charts.writer import Writer
from streams.contracts.event import EventType
from streams.contracts.outcome import OutcomeKind
from streams.contracts.words import Environment, Origin, PeriodType, Reason
from tests.sinks.console.kept import KEY, ago, became, came, told
from tests.sinks.console.site import Site

Fields = dict[str, Any]
COINS: Fields = {
    "purchase_key": "tide/app_store/PRODUCTION/coins",
    "subscription_id": "tide/app_store/PRODUCTION/coins",
    "product_id": "coins",
    "entitlement_ids": None,
    "transaction_id": "t9",
    "period": "t9",
    "expires_at": None,
}
DAY = 24 * 60  # minutes
ODD = '{"}><img src=x onerror=alert(1)><script>alert(1)</script>'
PURCHASE = "/purchases/tide/app_store/PRODUCTION/700001"


def words(page: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def customers(page: str) -> list[str]:
    return re.findall(r'<th scope="row" class="short">\s*<a href="/customers/tide/([^"]+)"', page)


async def test_a_customer_is_found_by_any_id(console: Site, writer: Writer) -> None:
    ann: Fields = {
        "aliases": ("ann", "old-ann"),
        "transaction_id": "900",
        "original_transaction_id": "700",
    }
    bob_key = "tide/app_store/PRODUCTION/800001"
    bob: Fields = {"customer_id": "bob", "original_customer_id": "bob", "aliases": ("bob",)}
    writer.write(
        [
            told("a", EventType.INITIAL_PURCHASE, 9, **ann),
            told(
                *("b", EventType.INITIAL_PURCHASE, 3),
                **bob,
                purchase_key=bob_key,
                subscription_id=bob_key,
                transaction_id="901",
            ),
        ]
    )
    for q in ("ann", "an", "old-ann", KEY, "700001", "900", "700"):
        assert customers(await console.get("/customers", q=q)) == ["ann"], q
    assert customers(await console.get("/customers")) == ["bob", "ann"]
    assert customers(await console.get("/customers", app="reef")) == []
    assert "No customer has" in await console.get("/customers", q="zoe")


async def test_a_customers_page_tells_the_life_newest_first_and_what_is_held(
    console: Site, writer: Writer
) -> None:
    bought, ends = ago(20 * DAY), ago(20 * DAY) + timedelta(days=30)
    term: Fields = {
        "purchased_at": bought,
        "expires_at": ends,
        "transaction_id": "t1",
        "period": "t1",
    }
    writer.write(
        [
            told("1", EventType.INITIAL_PURCHASE, 20 * DAY, **term, sequence=1),
            told(
                *("2", EventType.CANCELLATION, 2 * DAY),
                **term,
                cancel_reason=Reason.UNSUBSCRIBE,
                price_micros=0,
                sequence=2,
            ),
            told("3", EventType.NON_RENEWING_PURCHASE, DAY, **COINS),
        ]
    )
    page = await console.get("/customers/tide/ann")
    text = words(page)
    sentences = [
        "Made a purchase: coins",
        "Opted out of renewal: pro:monthly",
        "Started a subscription",
    ]
    places = [text.index(sentence) for sentence in sentences]
    assert places == sorted(places)
    assert "Active, not renewing" in text
    assert "Bought once" in text
    assert f"pro until {ends:%Y-%m-%d}" in text
    assert f'href="{PURCHASE}"' in page


async def test_aliases_are_one_customer_and_the_shown_name_is_the_newest(
    console: Site, writer: Writer
) -> None:
    anonymous = "$RCAnonymousID:0af3"
    first: Fields = {
        "customer_id": anonymous,
        "original_customer_id": anonymous,
        "aliases": (anonymous,),
    }
    then: Fields = {"original_customer_id": anonymous, "aliases": ("ann", anonymous)}
    writer.write(
        [
            told("1", EventType.INITIAL_PURCHASE, 9, **first),
            told("2", EventType.RENEWAL, 5, **then),
        ]
    )
    for asked in ("ann", "%24RCAnonymousID%3A0af3"):
        text = words(await console.get(f"/customers/tide/{asked}"))
        assert "Started a subscription" in text
        assert "Renewed" in text
        assert f"Aliases {anonymous}" in text


async def test_a_purchases_page_tells_whose_it_was_and_what_came_about_it(
    console: Site, writer: Writer
) -> None:
    bob: Fields = {"customer_id": "bob", "aliases": ("bob",)}
    writer.write(
        [
            told("1", EventType.INITIAL_PURCHASE, 9),
            told(
                *("2", EventType.TRANSFER, 5),
                **bob,
                origin=Origin.POST,
                receipt_id="posted-1",
                transferred_from=("ann",),
                transferred_to=("bob",),
            ),
            became("r-1", OutcomeKind.MATCHED, 9, tracked=True, customer_id="ann"),
            became("posted-1", OutcomeKind.TRACKED, 5, tracked=True, customer_id="bob"),
        ]
    )
    page = await console.get(PURCHASE)
    text = words(page)
    assert "Customer bob , before ann" in text
    assert "Purchases were transferred from ann to bob." in text
    assert 'href="/notifications/r-1"' in page
    assert "/notifications/posted-1" not in page  # a post is no notification
    assert "Purchases were transferred" in words(await console.get("/customers/tide/ann"))


async def test_a_purchase_that_nobody_holds_leads_to_where_it_is_tracked(
    console: Site, writer: Writer
) -> None:
    writer.write([came("r-1"), became("r-1", OutcomeKind.PARKED)])
    page = await console.get(PURCHASE)
    assert 'href="/notifications/r-1#parked"' in page
    assert "Purchases that nobody holds" in await console.get("/customers", q="700001")


async def test_sandbox_is_marked_and_gives_no_production_entitlement(
    console: Site, writer: Writer
) -> None:
    key = "tide/app_store/SANDBOX/700001"
    sandbox: Fields = {
        "environment": Environment.SANDBOX,
        "purchase_key": key,
        "subscription_id": key,
    }
    trial: Fields = {"period_type": PeriodType.TRIAL, "price_micros": 0}
    writer.write([told("1", EventType.INITIAL_PURCHASE, 5, **sandbox, **trial)])
    text = words(await console.get("/customers/tide/ann"))
    assert "In a trial sandbox" in text
    assert "by pro:monthly, sandbox" in text


async def test_what_stores_and_customers_choose_is_shown_and_does_nothing(
    console: Site, writer: Writer
) -> None:
    odd: Fields = {"customer_id": ODD, "original_customer_id": ODD, "aliases": (ODD, "x" * 10_000)}
    key = f"tide/app_store/PRODUCTION/{ODD}"
    named: Fields = {
        "product_id": ODD,
        "purchase_key": key,
        "subscription_id": key,
        "receipt_id": ODD,
    }
    writer.write([told("1", EventType.INITIAL_PURCHASE, 5, **odd, **named)])
    found = await console.get("/customers", q=ODD)
    (path,) = re.findall(r'class="short">\s*<a href="(/customers/[^"]+)"', found)
    customer = await (await console.client.get(path)).text()
    (path,) = set(re.findall(r'"(/purchases/[^"]+)"', customer))
    purchase = await (await console.client.get(path)).text()
    for page in (found, customer, purchase):
        assert "<img" not in page
        assert "<script>alert" not in page
        assert "onerror=alert(1)" in unescape(page)


async def test_nobody_and_nothing_are_not_found(console: Site) -> None:
    for path in ("/customers/tide/zoe", PURCHASE):
        assert (await console.client.get(path)).status == 404
