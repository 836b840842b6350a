"""POST /v1/purchases: what a backend may post, and what is written then."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import pytest

from ingress.purchases import MAX_POSTS
from streams.contracts.codec import decode, write_json
from streams.contracts.money import Money
from streams.contracts.purchase import PostedPurchase
from streams.contracts.topics import POSTED
from streams.contracts.words import Environment, Origin
from streams.settings.kafka import KafkaSettings
from tests.ingress.doors import KEY, OTHER_KEY, STRIPE, Door, Tail

STRIPE_POST = {"store": "stripe", "app_user_id": "ann", "subscription_id": "sub_1"}
APPLE_POST = {"store": "app_store", "app_user_id": "bob", "original_transaction_id": "2000000"}


@pytest.fixture
async def posted(kafka: KafkaSettings, topics: tuple[str, ...]) -> AsyncIterator[Tail]:
    async with Tail(kafka, POSTED) as tail:
        yield tail


async def post(api: Door, body: object, key: str = KEY) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else write_json(body)
    return await api.post(data, "/v1/purchases", Authorization=f"Bearer {key}")


async def written(posted: Tail) -> list[PostedPurchase]:
    return [decode(record.value, PostedPurchase) for record in await posted.read()]


async def test_one_purchase_is_202_with_its_tracking_id_when_it_is_written(
    api: Door, posted: Tail
) -> None:
    status, answer = await post(api, {**STRIPE_POST, "environment": "PRODUCTION"})

    (found,) = await written(posted)
    assert (status, answer) == (202, {"tracking_ids": [found.tracking_id]})
    assert (found.app_id, found.store, found.customer_id) == ("yoga", "stripe", "ann")
    assert (found.purchase_id, found.signed_transaction) == ("sub_1", None)
    assert (found.environment, found.origin) == (Environment.PRODUCTION, Origin.POST)


async def test_many_purchases_are_answered_in_their_order(api: Door, posted: Tail) -> None:
    status, answer = await post(api, [STRIPE_POST, APPLE_POST])
    by_id = {found.tracking_id: found for found in await written(posted)}
    assert status == 202
    assert [by_id[one].customer_id for one in answer["tracking_ids"]] == ["ann", "bob"]
    assert by_id[answer["tracking_ids"][0]].environment is None


async def test_a_signed_transaction_is_passed_on_to_be_verified(api: Door, posted: Tail) -> None:
    body = {"store": "app_store", "app_user_id": "bob", "signed_transaction": "a-_1.b2.c3"}
    assert (await post(api, body))[0] == 202
    (found,) = await written(posted)
    assert (found.signed_transaction, found.purchase_id) == ("a-_1.b2.c3", None)


async def test_the_app_is_the_key_s_whatever_the_body_says(api: Door, posted: Tail) -> None:
    body = {"store": "play_store", "app_user_id": "eve", "purchase_token": "abc.DEF-_1"}
    assert (await post(api, body, OTHER_KEY))[0] == 202
    (found,) = await written(posted)
    assert found.app_id == "chess"


@pytest.mark.parametrize(
    ("price", "micros"),
    [
        (b"9.99", 9_990_000),
        (b'"9.99"', 9_990_000),
        (b"0", 0),
        (b"0.1", 100_000),
        (b"12345678901.234567", 12_345_678_901_234_567),
    ],
)
async def test_a_price_is_kept_to_the_micro(
    api: Door, posted: Tail, price: bytes, micros: int
) -> None:
    body = write_json(STRIPE_POST)[:-1] + b',"currency":"EUR","price":%b}' % price
    assert (await post(api, body))[0] == 202
    (found,) = await written(posted)
    assert found.price == Money(micros=micros, currency="EUR")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"app_user_id": ""}, "app_user_id"),
        ({"app_user_id": " ann"}, "app_user_id"),
        ({"app_user_id": "a\nb"}, "app_user_id"),
        ({"app_user_id": "a" * 256}, "app_user_id"),
        ({"app_user_id": 7}, "app_user_id"),
        ({"app_user_id": None}, "app_user_id"),
        ({"store": "play_store"}, "store"),
        ({"store": "itunes"}, "store"),
        ({"environment": "production"}, "environment: is 'production': use PRODUCTION or SANDBOX"),
        ({"enviroment": "PRODUCTION"}, "enviroment"),
        ({"subscription_id": None}, "subscription_id"),
        ({"subscription_id": "sub_1/../x"}, "subscription_id"),
        ({"subscription_id": ""}, "subscription_id"),
        ({"purchase_token": "x"}, "purchase_token"),
        ({"subscription_id": None, "purchase_token": "x"}, "purchase_token"),
        ({"subscription_id": None, "signed_transaction": "a.b.c"}, "signed_transaction"),
        ({"price": "9.99"}, "price"),
        ({"currency": "USD"}, "price"),
        ({"price": "9.99", "currency": "usd"}, "currency"),
        ({"price": "9.99", "currency": "US"}, "currency"),
        ({"price": -1, "currency": "USD"}, "price"),
        ({"price": "NaN", "currency": "USD"}, "price"),
        ({"price": "1e999999", "currency": "USD"}, "price"),
        ({"price": "0.0000001", "currency": "USD"}, "price"),
        ({"price": True, "currency": "USD"}, "price"),
    ],
)
async def test_a_wrong_field_is_400_and_named(
    api: Door, posted: Tail, change: dict[str, object], named: str
) -> None:
    status, answer = await post(api, {**STRIPE_POST, **change})
    assert (status, await written(posted)) == (400, [])
    assert named in answer["error"]


async def test_an_environment_that_the_app_s_store_lacks_is_400(api: Door) -> None:
    status, answer = await post(api, {**APPLE_POST, "environment": "SANDBOX"})
    assert status == 400
    assert "environment" in answer["error"]


@pytest.mark.parametrize(
    ("store", "field", "value"),
    [
        ("app_store", "transaction_id", "2000001"),
        ("stripe", "subscription_item_id", "si_1"),
        ("stripe", "checkout_session_id", "cs_test_1"),
    ],
)
async def test_an_id_that_is_not_the_root_is_passed_on_to_be_looked_up(
    api: Door, posted: Tail, store: str, field: str, value: str
) -> None:
    assert (await post(api, {"store": store, "app_user_id": "ann", field: value}))[0] == 202
    (found,) = await written(posted)
    assert (found.looked_up_field, found.looked_up_id) == (field, value)
    assert (found.purchase_id, found.signed_transaction) == (None, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subscription_id": "cs_test_1"}, "cs_... goes into checkout_session_id"),
        ({"subscription_id": "si_1"}, "si_... goes into subscription_item_id"),
        (
            {"subscription_id": None, "checkout_session_id": "sub_1"},
            "sub... goes into subscription_id",
        ),
        ({"checkout_session_id": "cs_1"}, "exactly one id"),
    ],
)
async def test_an_id_in_the_wrong_field_is_told_where_it_goes(
    api: Door, posted: Tail, change: dict[str, object], field: str
) -> None:
    status, answer = await post(api, {**STRIPE_POST, **change})
    assert (status, await written(posted)) == (400, [])
    assert field in answer["error"]


@pytest.mark.parametrize(
    "body",
    [
        {**STRIPE_POST, "subscription_id": "in_1"},
        {**STRIPE_POST, "subscription_id": "pi_1"},
        {"store": "stripe", "app_user_id": "ann", "order_id": "GPA.1"},
    ],
)
async def test_an_id_that_is_no_way_to_a_purchase_is_422_and_told_what_to_post(
    api: Door, posted: Tail, body: dict[str, str]
) -> None:
    status, answer = await post(api, body)
    assert (status, await written(posted)) == (HTTPStatus.UNPROCESSABLE_ENTITY, [])
    assert "subscription_id or subscription_item_id or checkout_session_id" in answer["error"]


async def test_one_bad_purchase_of_many_is_named_and_none_is_written(
    api: Door, posted: Tail
) -> None:
    status, answer = await post(api, [STRIPE_POST, STRIPE_POST, {**STRIPE_POST, "price": "x"}])
    assert (status, await written(posted)) == (400, [])
    assert "[2]" in answer["error"]
    status, answer = await post(api, [STRIPE_POST, {**STRIPE_POST, "app_user_id": ""}])
    assert (status, await written(posted)) == (400, [])
    assert "[1]" in answer["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 100_000])
async def test_what_is_no_purchase_is_400(api: Door, posted: Tail, body: bytes) -> None:
    status, _ = await post(api, body)
    assert (status, await written(posted)) == (400, [])


async def test_at_most_500_at_once(api: Door, posted: Tail) -> None:
    assert (await post(api, [STRIPE_POST] * MAX_POSTS))[0] == 202
    assert (await post(api, [STRIPE_POST] * (MAX_POSTS + 1)))[0] == 400
    assert len(await written(posted)) == MAX_POSTS


@pytest.mark.parametrize(
    "header",
    [
        "",
        KEY,
        f"Basic {KEY}",
        "Bearer ",
        f"Bearer {KEY}x",
        f"Bearer {KEY[:-1]}",
        f"Bearer {STRIPE}",
    ],
)
async def test_without_a_valid_key_it_is_401(api: Door, posted: Tail, header: str) -> None:
    status, _ = await api.post(write_json(STRIPE_POST), "/v1/purchases", Authorization=header)
    assert (status, await written(posted)) == (401, [])


async def test_a_body_over_4_mib_is_413(api: Door) -> None:
    status, _ = await post(api, b"[" + b" " * 4 * 1024 * 1024 + b"]")
    assert status == 413


async def test_the_api_tells_its_health_and_metrics_and_knows_no_other_route(api: Door) -> None:
    await post(api, STRIPE_POST)
    assert await api.ready("/healthz")
    async with api.session.get(api.at("/metrics")) as answer:
        assert "sn_purchases_posted_total" in await answer.text()
    assert (await api.post(b"{}", f"/v1/notifications/stripe/{STRIPE}"))[0] == 404
    async with api.session.get(api.at("/v1/purchases")) as answer:
        assert answer.status == 405
