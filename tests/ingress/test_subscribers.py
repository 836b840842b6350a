"""GET /v1/subscribers/{app_user_id}: RevenueCat's v1 shape, and never behind what was written."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from deploy.local.broker import Broker
from ingress.subscribers import subscriber_answer
from streams.contracts.codec import encode
from streams.contracts.customer import Customer, HeldPurchase
from streams.contracts.ids import AppId, CustomerId, PurchaseKey, StoreName
from streams.contracts.step import Out
from streams.contracts.topics import CUSTOMERS
from streams.contracts.words import Environment, PeriodType
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.ingress.doors import KEY, Door

NOW = datetime(2026, 11, 23, 12, 30, 15, 123000, tzinfo=UTC)
MONTH = timedelta(days=30)
MONTHLY = HeldPurchase(
    purchase_key=PurchaseKey("yoga/stripe/PRODUCTION/sub_1"),
    app_id=AppId("yoga"),
    store=StoreName("stripe"),
    store_name="STRIPE",
    environment=Environment.PRODUCTION,
    product_id="monthly",
    item="si_1",
    entitlement_ids=("pro", "all"),
    original_purchased_at=NOW - 3 * MONTH,
    purchased_at=NOW - timedelta(days=10),
    expires_at=NOW + timedelta(days=20),
    transaction_id="in_1",
    price_micros=9_990_000,
    currency="EUR",
)
COINS = replace(
    MONTHLY,
    purchase_key=PurchaseKey("yoga/app_store/PRODUCTION/7"),
    store=StoreName("app_store"),
    store_name="APP_STORE",
    product_id="coins",
    item="-",
    one_time=True,
    entitlement_ids=(),
    expires_at=None,
    transaction_id="7",
)


def customer(
    *purchases: HeldPurchase, name: str = "ann", aliases: tuple[str, ...] = ()
) -> Customer:
    return Customer(
        customer_id=CustomerId(name),
        original_customer_id=CustomerId("first-of-all"),
        first_seen_at=NOW - 3 * MONTH,
        last_seen_at=NOW,
        aliases=tuple(CustomerId(alias) for alias in aliases),
        attributes={"$email": {"value": "a@example.com", "updated_at_ms": 1}},
        purchases=purchases,
    )


def shown(*purchases: HeldPurchase) -> dict[str, Any]:
    answer = subscriber_answer("ann", customer(*purchases), NOW)["subscriber"]
    assert isinstance(answer, dict)
    return answer


def test_a_customer_is_shown_with_every_key_that_revenuecat_has() -> None:
    answer = subscriber_answer("ann", customer(MONTHLY), NOW)
    assert answer["request_date"] == "2026-11-23T12:30:15Z"
    assert answer["request_date_ms"] == 1795437015123
    assert {name: answer["subscriber"][name] for name in ("first_seen", "last_seen")} == {
        "first_seen": "2026-08-25T12:30:15Z",
        "last_seen": "2026-11-23T12:30:15Z",
    }
    assert set(answer["subscriber"]) == {
        "entitlements",
        "first_seen",
        "last_seen",
        "management_url",
        "non_subscriptions",
        "original_app_user_id",
        "original_application_version",
        "original_purchase_date",
        "other_purchases",
        "subscriber_attributes",
        "subscriptions",
    }
    assert answer["subscriber"]["original_app_user_id"] == "first-of-all"
    assert answer["subscriber"]["subscriber_attributes"]["$email"]["value"] == "a@example.com"


def test_a_subscription_has_its_period_and_what_went_wrong() -> None:
    failing = replace(
        MONTHLY,
        period_type=PeriodType.TRIAL,
        billing_issue_at=NOW,
        grace_expires_at=NOW + timedelta(days=3),
        unsubscribed_at=NOW - timedelta(days=1),
        environment=Environment.SANDBOX,
        family_share=True,
    )
    assert shown(failing)["subscriptions"] == {
        "monthly": {
            "auto_resume_date": None,
            "billing_issues_detected_at": "2026-11-23T12:30:15Z",
            "expires_date": "2026-12-13T12:30:15Z",
            "grace_period_expires_date": "2026-11-26T12:30:15Z",
            "is_sandbox": True,
            "original_purchase_date": "2026-08-25T12:30:15Z",
            "ownership_type": "FAMILY_SHARED",
            "period_type": "trial",
            "price": {"amount": 9.99, "currency": "EUR"},
            "purchase_date": "2026-11-13T12:30:15Z",
            "refunded_at": None,
            "store": "stripe",
            "store_transaction_id": "in_1",
            "unsubscribe_detected_at": "2026-11-22T12:30:15Z",
        }
    }


def test_entitlements_come_from_what_gives_the_longest_access() -> None:
    over = replace(MONTHLY, product_id="weekly", expires_at=NOW - timedelta(days=1))
    found = shown(MONTHLY, over)["entitlements"]
    assert set(found) == {"pro", "all"}
    assert found["pro"] == {
        "expires_date": "2026-12-13T12:30:15Z",
        "grace_period_expires_date": None,
        "product_identifier": "monthly",
        "purchase_date": "2026-11-13T12:30:15Z",
    }


def test_what_never_ends_wins_over_what_ends() -> None:
    for_ever = replace(COINS, product_id="lifetime", entitlement_ids=("pro",))
    found = shown(for_ever, MONTHLY)["entitlements"]["pro"]
    assert (found["product_identifier"], found["expires_date"]) == ("lifetime", None)


def test_access_that_ended_early_is_shown_as_ended() -> None:
    ended = replace(MONTHLY, ended_at=NOW - timedelta(days=2), refunded_at=NOW - timedelta(days=2))
    found = shown(ended)
    assert found["entitlements"]["pro"]["expires_date"] == "2026-11-21T12:30:15Z"
    assert found["subscriptions"]["monthly"]["refunded_at"] == "2026-11-21T12:30:15Z"
    refunded = replace(COINS, entitlement_ids=("pro",), refunded_at=NOW)
    assert shown(refunded)["entitlements"]["pro"]["expires_date"] == "2026-11-23T12:30:15Z"


def test_sandbox_never_stands_in_for_production() -> None:
    sandbox = replace(
        MONTHLY, environment=Environment.SANDBOX, expires_at=NOW + 12 * MONTH, transaction_id="in_2"
    )
    over = replace(MONTHLY, expires_at=NOW - MONTH)
    for purchases in ((sandbox, over), (over, sandbox)):
        found = shown(*purchases)
        assert found["subscriptions"]["monthly"]["is_sandbox"] is False
        assert found["entitlements"]["pro"]["expires_date"] == "2026-10-24T12:30:15Z"


def test_one_time_purchases_are_lists_by_product_oldest_first() -> None:
    second = replace(COINS, transaction_id="8", purchased_at=NOW)
    found = shown(second, COINS)["non_subscriptions"]["coins"]
    assert [one["store_transaction_id"] for one in found] == ["7", "8"]
    assert len({one["id"] for one in found}) == 2
    assert shown(COINS, second)["non_subscriptions"]["coins"] == found
    assert shown(COINS)["subscriptions"] == {}


async def get(api: Door, customer_id: str, key: str = KEY) -> tuple[int, Any]:
    url = api.at(f"/v1/subscribers/{quote(customer_id, safe='')}")
    async with api.session.get(url, headers={"Authorization": f"Bearer {key}"}) as answer:
        return answer.status, await answer.json()


def out(found: Customer) -> Out:
    return Out(topic=CUSTOMERS, key=found.customer_id.encode(), value=encode(found))


async def test_an_unknown_customer_is_200_with_empty_maps(api: Door) -> None:
    status, answer = await get(api, "nobody-knows")
    assert status == 200
    assert answer["subscriber"]["original_app_user_id"] == "nobody-knows"
    assert answer["subscriber"]["subscriptions"] == answer["subscriber"]["entitlements"] == {}
    assert answer["subscriber"]["first_seen"] == answer["request_date"]


async def test_a_customer_is_found_by_whatever_id_a_purchase_may_be_posted_with(api: Door) -> None:
    for name in ("{3F2504E0-4F89}", "a/b", "?#%25", '"><script>', "ünï {}"):
        status, answer = await get(api, name)
        assert (status, answer["subscriber"]["original_app_user_id"]) == (200, name)


async def test_without_a_valid_key_it_is_401(api: Door) -> None:
    assert (await get(api, "ann", "x" * 24))[0] == 401


async def test_what_was_written_before_the_question_is_in_the_answer(
    api: Door, kafka: KafkaSettings
) -> None:
    async with Producer(kafka, client_id="test") as producer:
        seconds = []
        for number in range(30):
            held = replace(MONTHLY, product_id=f"product-{number}")
            await producer.send(out(customer(held, name="fresh/ünï")))
            started = time.monotonic()
            _, answer = await get(api, "fresh/ünï")
            seconds.append(time.monotonic() - started)
            assert list(answer["subscriber"]["subscriptions"]) == [f"product-{number}"]
    assert sorted(seconds)[7] < 0.1  # a pause between two looks would show in each


async def test_many_questions_at_once_are_all_fresh(api: Door, kafka: KafkaSettings) -> None:
    async with Producer(kafka, client_id="test") as producer:
        for number in range(5):
            held = replace(MONTHLY, product_id=f"product-{number}")
            await producer.send(out(customer(held, name="crowd")))
            answers = await asyncio.gather(*(get(api, "crowd") for _ in range(50)))
            found = {next(iter(answer["subscriber"]["subscriptions"])) for _, answer in answers}
            assert found == {f"product-{number}"}


async def test_any_id_of_a_customer_finds_them_and_a_tombstone_removes_them(
    api: Door, kafka: KafkaSettings
) -> None:
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(out(customer(name="old-name")))
        await producer.send(
            out(customer(MONTHLY, name="new-name", aliases=("old-name", "new-name")))
        )
        for name in ("old-name", "new-name"):
            _, answer = await get(api, name)
            assert list(answer["subscriber"]["subscriptions"]) == ["monthly"]
        await producer.send(Out(topic=CUSTOMERS, key=b"new-name", value=None))
        await producer.send(Out(topic=CUSTOMERS, key=b"old-name", value=None))
        for name in ("old-name", "new-name"):
            _, answer = await get(api, name)
            assert answer["subscriber"]["subscriptions"] == {}


async def test_a_record_that_can_t_be_read_hides_nobody_else(
    api: Door, kafka: KafkaSettings
) -> None:
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=CUSTOMERS, key=b"broken", value=b"{}"))
        await producer.send(out(customer(MONTHLY, name="whole")))
    assert (await get(api, "broken"))[0] == 503
    assert (await get(api, "whole"))[0] == 200


async def test_with_the_broker_away_it_is_503_and_fresh_again_when_it_is_back(
    api: Door, kafka: KafkaSettings, broker: Broker
) -> None:
    await asyncio.to_thread(broker.stop)
    try:
        started = time.monotonic()
        status, _ = await get(api, "ann")
        assert (status, time.monotonic() - started < 10) == (503, True)
    finally:
        await asyncio.to_thread(broker.start)
    async with asyncio.timeout(30):
        while (await get(api, "ann"))[0] != 200:  # noqa: ASYNC110 - asked as a backend asks
            await asyncio.sleep(0.1)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(out(customer(MONTHLY, name="after")))
    _, answer = await get(api, "after")
    assert list(answer["subscriber"]["subscriptions"]) == ["monthly"]
