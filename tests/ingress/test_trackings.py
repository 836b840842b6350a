"""GET /v1/trackings/{id}: what became of a post, never behind what was written."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ingress.trackings import tracking_answer, with_outcome
from streams.contracts.codec import encode, write_json
from streams.contracts.ids import AppId, CustomerId, ReceiptId, StoreName
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.purchase import PostedPurchase
from streams.contracts.step import Out
from streams.contracts.topics import OUTCOMES
from streams.contracts.words import Environment, Origin
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.ingress.doors import KEY, OTHER_KEY, Door

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
POST = PostedPurchase(
    tracking_id=ReceiptId("t-1"),
    app_id=AppId("yoga"),
    store=StoreName("stripe"),
    customer_id=CustomerId("ann"),
    received_at=NOW,
    origin=Origin.POST,
    purchase_id="sub_1",
)


def outcome(
    kind: OutcomeKind = OutcomeKind.TRACKED,
    *,
    tracking_id: str = "t-1",
    key: str = "yoga/stripe/PRODUCTION/sub_1",
    reason: str = "",
) -> Outcome:
    return Outcome(
        kind=kind,
        app_id=POST.app_id,
        store=POST.store,
        received_at=NOW,
        receipt_id=ReceiptId(tracking_id),
        origin=Origin.POST,
        environment=Environment.PRODUCTION,
        purchase_key=key,
        customer_id="ann",
        reason=reason,
        detail=f"why: {reason}" if reason else "",
    )


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ((), "pending"),
        ((OutcomeKind.TRACKED,), "tracked"),
        ((OutcomeKind.REJECTED,), "rejected"),
        ((OutcomeKind.NEEDS_CREDENTIALS,), "needs_credentials"),
        ((OutcomeKind.NEEDS_CREDENTIALS, OutcomeKind.TRACKED), "tracked"),
        ((OutcomeKind.REJECTED, OutcomeKind.TRACKED), "tracked"),
        ((OutcomeKind.BUG,), "failed"),
    ],
)
def test_the_status_is_the_best_that_was_said(kinds: tuple[OutcomeKind, ...], status: str) -> None:
    assert tracking_answer(POST, tuple(map(outcome, kinds)))["status"] == status


def test_a_post_that_was_tracked_names_its_purchases_and_whose_they_are() -> None:
    sandbox = replace(
        outcome(key="yoga/stripe/SANDBOX/sub_1"),
        environment=Environment.SANDBOX,
        customer_id="the-first-owner",
    )
    assert tracking_answer(POST, (sandbox, outcome())) == {
        "tracking_id": "t-1",
        "status": "tracked",
        "store": "stripe",
        "app_user_id": "ann",
        "received_at": "2026-11-23T12:30:00+00:00",
        "purchases": [
            {
                "purchase_key": "yoga/stripe/PRODUCTION/sub_1",
                "environment": "PRODUCTION",
                "app_user_id": "ann",
            },
            {
                "purchase_key": "yoga/stripe/SANDBOX/sub_1",
                "environment": "SANDBOX",
                "app_user_id": "the-first-owner",
            },
        ],
        "reason": None,
        "detail": None,
    }


def test_a_rejected_post_says_why() -> None:
    told = tracking_answer(POST, (outcome(OutcomeKind.REJECTED, reason="environment"),))
    assert (told["reason"], told["detail"]) == ("environment", "why: environment")


def test_an_outcome_told_again_is_one() -> None:
    assert with_outcome(with_outcome((), outcome()), outcome()) == (outcome(),)


async def get(api: Door, tracking_id: str, key: str = KEY) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}"}
    async with api.session.get(api.at(f"/v1/trackings/{tracking_id}"), headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_post_is_pending_until_its_outcome_is_written(
    api: Door, kafka: KafkaSettings
) -> None:
    body = write_json({"store": "stripe", "app_user_id": "ann", "subscription_id": "sub_1"})
    _, answer = await api.post(body, "/v1/purchases", Authorization=f"Bearer {KEY}")
    (tracking_id,) = answer["tracking_ids"]
    status, told = await get(api, tracking_id)
    assert (status, told["status"], told["app_user_id"]) == (200, "pending", "ann")

    async with Producer(kafka, client_id="test") as producer:
        value = encode(outcome(tracking_id=tracking_id))
        await producer.send(Out(topic=OUTCOMES, key=b"yoga/stripe", value=value))
    status, told = await get(api, tracking_id)
    assert (status, told["status"]) == (200, "tracked")
    assert (await get(api, tracking_id, OTHER_KEY))[0] == 404


async def test_an_id_that_was_never_given_is_404_and_without_a_key_401(api: Door) -> None:
    status, answer = await get(api, "none")
    assert status == 404
    assert "7 days" in answer["error"]
    assert (await get(api, "none", "x" * 24))[0] == 401
