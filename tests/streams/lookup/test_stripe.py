"""Asking Stripe, on a server that keeps what its events told: what leads to a subscription, failures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from aiohttp import ClientSession

from deploy.demo import stripe as demo
from deploy.demo.happening import STRIPE as DEMO_STORE
from deploy.demo.happening import Happening, Subscription
from deploy.demo.story import Story
from deploy.demo.stripe_api import StripeApi, serve_stripe
from deploy.demo.tales import Tale, stays
from streams.contracts.errors import (
    ConfigError,
    CredentialsRefusedError,
    RejectedError,
    TransientError,
)
from streams.contracts.ids import NotificationId
from streams.contracts.purchase import Observation, Pointer, Tracking
from streams.contracts.words import Environment, Origin, Signal
from streams.lookup.posts import with_tracking
from streams.lookup.stripe import StripeLookup, lookup
from streams.observe import clock
from streams.settings.project_file import ApiSettings
from streams.settings.secret import Secret
from tests.streams.lookup.test_pointers import POINTER
from tests.streams.stores.fixture import load
from tests.streams.stores.signing import APP, STRIPE

API_KEY = "rk_live_tidepool_0123456789"
NOW = datetime(2026, 10, 30, 12, tzinfo=UTC)
SUB = "sub_1Tide0001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    api: StripeApi
    store: StripeLookup


@asynccontextmanager
async def asking() -> AsyncIterator[Scene]:
    api = StripeApi(key=API_KEY)
    async with serve_stripe(api, "127.0.0.1", 0) as url, ClientSession() as session:
        options = {"api_key": Secret(API_KEY), "url": url}
        settings = ApiSettings(path="project.toml: apps[0].stores[2].api", options=options)
        yield Scene(api=api, store=lookup(APP, settings, session))


def pointer(purchase_id: str = SUB) -> Pointer:
    return replace(
        POINTER,
        store=STRIPE,
        purchase_id=purchase_id,
        environments=(Environment.PRODUCTION,),
        type="due",
        signal=Signal.LOOKED_UP,
        notification_id=NotificationId(f"due/{clock.monotonic()}"),
        origin=Origin.REFRESH,
    )


def life(tale: Tale, seed: int = 1) -> list[Happening]:
    subscription = Subscription(id=SUB, store=DEMO_STORE, customer="ann", currency="USD")
    story = Story(Random(seed), subscription, NOW - timedelta(days=80), NOW)
    tale(story)
    return story.beats


async def test_an_invoice_and_a_payment_lead_to_their_subscription() -> None:
    async with asking() as scene:
        for beat in life(stays):
            for event in demo.events(beat):
                scene.api.tell(event)
        (invoice, *_) = scene.api.all_of("invoices", {})
        (payment, *_) = scene.api.all_of("invoice_payments", {})
        names = [invoice["id"], payment["payment"]["payment_intent"]]
        found = [(await scene.store.look_up(pointer(name))).records for name in names]

    for records in found:
        keys = {one.purchase_key for one in records if isinstance(one, Observation)}
        assert keys == {f"tidepool/stripe/PRODUCTION/{SUB}"}


async def test_a_posted_checkout_session_is_a_claim_of_its_subscription_even_before_it_is_paid() -> (
    None
):
    (created, *_) = demo.events(life(stays)[0])
    async with asking() as scene:
        scene.api.tell(created)
        scene.api.put("checkout/sessions", {"id": "cs_1", "subscription": SUB})
        hint = {"customer_id": "u-1", "ships": "true"}
        posted = replace(pointer("cs_1"), type="POSTED", origin=Origin.POST, hint=hint)
        found = await scene.store.look_up(posted)

    claim, seen = with_tracking(posted, found.records)
    assert isinstance(claim, Tracking)
    assert claim.purchase_key == seen.purchase_key == f"tidepool/stripe/PRODUCTION/{SUB}"
    assert (claim.customer_id, claim.ships) == ("u-1", True)


async def test_a_posted_checkout_session_of_a_payment_is_a_purchase_a_line_with_its_part_of_the_fee() -> (
    None
):
    session = load(STRIPE, "checkout.session.completed.payment").answers["checkout/sessions"][
        "cs_B"
    ]
    post = replace(pointer("cs_B"), origin=Origin.POST, hint={"customer_id": "u-42"})
    async with asking() as scene:
        scene.api.put("checkout/sessions", session)
        found = await scene.store.look_up(post)

    alias, claim, seen = with_tracking(post, found.records)
    assert isinstance(claim, Tracking)
    assert isinstance(seen, Observation)
    assert claim.purchase_key == seen.purchase_key == alias.target  # type: ignore[union-attr]
    terms = seen.snapshot.transactions
    assert [(one.product_id, one.quantity) for one in terms] == [
        ("prod_book", 1),
        ("prod_coins", 3),
    ]
    assert [one.price and one.price.micros for one in terms] == [19_990_000, 9_990_000]
    assert [one.fee and one.fee.micros for one in terms] == [780_000, 390_000]
    assert [one.tax and one.tax.micros for one in terms] == [0, 830_000]


async def test_a_session_that_is_not_paid_yet_is_a_claim_and_no_purchase() -> None:
    session = load(STRIPE, "checkout.session.completed.payment").answers["checkout/sessions"][
        "cs_B"
    ]
    async with asking() as scene:
        scene.api.put("checkout/sessions", {**session, "payment_status": "unpaid"})
        found = await scene.store.look_up(pointer("cs_B"))

    (seen,) = (one for one in found.records if isinstance(one, Observation))
    assert seen.snapshot.transactions == ()
    assert seen.purchase_key.endswith("/cs_B")


@pytest.mark.parametrize(
    ("moved", "told"), [([], []), ([-999], [False]), ([-999, 999], [False, True])]
)
async def test_a_dispute_is_money_back_only_where_money_moved(
    moved: list[int], told: list[bool]
) -> None:
    """An inquiry takes none, and one that was won gives it again."""
    withdrawn = load(STRIPE, "charge.dispute.funds_withdrawn")
    async with asking() as scene:
        for name in withdrawn.after:
            scene.api.tell(load(STRIPE, name).payload)
        dispute = withdrawn.payload["data"]["object"]
        movements = [{"amount": amount} for amount in moved]
        scene.api.put("disputes", {**dispute, "balance_transactions": movements})
        subscription = load(STRIPE, "customer.subscription.created").payload["data"]["object"]["id"]
        found = await scene.store.look_up(pointer(subscription))

    seen = [one for one in found.records if isinstance(one, Observation)]
    back = {refund.reversed for one in seen for refund in one.snapshot.refunds}
    assert sorted(back) == told


async def test_what_fails_is_an_error_by_what_to_do_next() -> None:
    async with asking() as scene:
        with pytest.raises(RejectedError) as unknown:
            await scene.store.look_up(pointer())
        scene.api.faults.throttled = 3
        with pytest.raises(TransientError) as busy:
            await scene.store.look_up(pointer())
        scene.api.faults.throttled = None
        scene.api.key = "another"
        with pytest.raises(CredentialsRefusedError):
            await scene.store.look_up(pointer())
        with pytest.raises(CredentialsRefusedError, match="SANDBOX"):
            await scene.store.look_up(replace(pointer(), environments=(Environment.SANDBOX,)))

    assert unknown.value.reason == "unknown_purchase"
    assert busy.value.retry_after == timedelta(seconds=3)


async def test_an_id_that_leads_to_no_subscription_is_refused() -> None:
    async with asking() as scene:
        with pytest.raises(RejectedError) as refused:
            await scene.store.look_up(pointer("pi_nothing"))

    assert refused.value.reason == "unknown_purchase"


def test_without_any_key_nothing_can_be_asked() -> None:
    with pytest.raises(ConfigError, match="api_key"):
        lookup(APP, ApiSettings(path="p", options={}), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"api_key": "rk_test_1"}, r"p\.api_key: is a key of the other mode"),
        ({"test_api_key": "sk_live_1"}, r"p\.test_api_key: is a key of the other mode"),
        ({"api_key": "pk_live_1"}, r"p\.api_key: is no key that may ask: those begin with rk_"),
        ({"test_api_key": "whsec_1"}, r"p\.test_api_key: is no key that may ask"),
    ],
)
def test_a_key_that_can_not_answer_stops_the_start(options: dict[str, str], told: str) -> None:
    secrets = {name: Secret(value) for name, value in options.items()}
    with pytest.raises(ConfigError, match=told):
        lookup(APP, ApiSettings(path="p", options=secrets), None)  # type: ignore[arg-type]
