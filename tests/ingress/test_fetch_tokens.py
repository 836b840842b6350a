"""POST /v1/receipts: RevenueCat's body and headers, written as what POST /v1/purchases writes."""

from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from ingress.fetch_tokens import Receipt, post_of
from streams.contracts.codec import decode, write_json
from streams.contracts.customer import Attributes
from streams.contracts.errors import MalformedError
from streams.contracts.money import Money
from streams.contracts.purchase import PostedPurchase
from streams.contracts.topics import CUSTOMER_INBOX, POSTED
from streams.contracts.words import Environment
from streams.settings.kafka import KafkaSettings
from tests.ingress.doors import KEY, Door, Tail

RECEIPT = {"app_user_id": "ann", "fetch_token": "sub_1", "product_id": "pro", "is_restore": False}
BEARER = f"Bearer {KEY}"


@pytest.fixture
async def posted(kafka: KafkaSettings, topics: tuple[str, ...]) -> AsyncIterator[Tail]:
    async with Tail(kafka, POSTED) as tail:
        yield tail


async def test_a_receipt_of_stripe_is_a_post_of_its_subscription(api: Door, posted: Tail) -> None:
    body = write_json({**RECEIPT, "price": 9.99, "currency": "USD"})
    headers = {"X-Platform": "stripe", "X-Is-Sandbox": "false", "Authorization": BEARER}
    status, answer = await api.post(body, "/v1/receipts", **headers)

    (record,) = await posted.read()
    found = decode(record.value, PostedPurchase)
    assert (status, answer) == (HTTPStatus.ACCEPTED, {"tracking_ids": [found.tracking_id]})
    assert (found.store, found.purchase_id, found.customer_id) == ("stripe", "sub_1", "ann")
    assert found.environment is Environment.PRODUCTION
    assert found.price == Money(micros=9_990_000, currency="USD")


async def test_attributes_of_a_receipt_go_to_the_customer(
    api: Door, kafka: KafkaSettings, topics: tuple[str, ...]
) -> None:
    assert topics
    async with Tail(kafka, CUSTOMER_INBOX) as inbox:
        body = write_json({**RECEIPT, "attributes": {"$email": {"value": "a@b.co"}}})
        await api.post(body, "/v1/receipts", **{"X-Platform": "stripe", "Authorization": BEARER})
        (record,) = await inbox.read()
    assert decode(record.value, Attributes).values["$email"]["value"] == "a@b.co"


@pytest.mark.parametrize(
    ("headers", "change", "named"),
    [
        ({}, {}, "X-Platform"),
        ({"X-Platform": "amazon"}, {}, "android"),
        ({"X-Platform": "stripe", "X-Is-Sandbox": "maybe"}, {}, "X-Is-Sandbox"),
        ({"X-Platform": "stripe"}, {"fetch_token": "in_1"}, "fetch_token"),
        ({"X-Platform": "ios"}, {"fetch_token": "MIIT+/=="}, "a whole receipt is not read"),
        ({"X-Platform": "stripe"}, {"app_user_id": ""}, "app_user_id"),
        ({"X-Platform": "stripe"}, {"attributes": {"9": {"value": "x"}}}, "attributes.9"),
        ({"X-Platform": "stripe"}, {"attributes": {"a": {"value": 7}}}, "attributes.a.value"),
        ({"X-Platform": "android"}, {"fetch_token": "abc"}, "no store 'play_store'"),
    ],
)
async def test_what_is_wrong_is_400_and_named(
    api: Door, posted: Tail, headers: dict[str, str], change: dict[str, object], named: str
) -> None:
    body = write_json({**RECEIPT, **change})
    status, answer = await api.post(body, "/v1/receipts", Authorization=BEARER, **headers)
    assert (status, await posted.read()) == (HTTPStatus.BAD_REQUEST, [])
    assert named in answer["error"]


@pytest.mark.parametrize(
    ("platform", "token", "store", "field"),
    [
        ("ios", "2000001", "app_store", "transaction_id"),
        ("iOS", "a-_1.b2.c3", "app_store", "signed_transaction"),
        ("macos", "2000001", "app_store", "transaction_id"),
        ("android", "abc.AO-J1Oz_x", "play_store", "purchase_token"),
        ("stripe", "sub_1", "stripe", "subscription_id"),
        ("stripe", "si_1", "stripe", "subscription_item_id"),
        ("stripe", "cs_live_1", "stripe", "checkout_session_id"),
    ],
)
def test_the_form_of_a_token_tells_which_id_it_is(
    platform: str, token: str, store: str, field: str
) -> None:
    receipt = Receipt(app_user_id="ann", fetch_token=token)
    post = post_of(receipt, {"X-Platform": platform, "X-Is-Sandbox": "true"})
    assert (post.store, getattr(post, field)) == (store, token)
    assert post.environment is Environment.SANDBOX


def test_without_a_word_of_the_environment_none_is_said() -> None:
    receipt = Receipt(app_user_id="ann", fetch_token="sub_1")
    assert post_of(receipt, {"X-Platform": "stripe"}).environment is None
    with pytest.raises(MalformedError):
        post_of(receipt, {})
