"""Asking Google Play, on a server that answers in its shapes: what is asked for, and what comes of it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from deploy.demo.payloads import play_store_answers as answers
from streams.contracts.errors import (
    ConfigError,
    CredentialsRefusedError,
    RejectedError,
    ThrottledError,
    TransientError,
)
from streams.contracts.money import Money
from streams.contracts.project import Project
from streams.contracts.purchase import InboxRecord, Observation, PurchaseAlias
from streams.contracts.words import Environment, Origin, Signal
from streams.lookup.api import Api
from streams.lookup.play_store import issuers, lookup
from streams.observe import clock
from streams.settings.project_file import ApiSettings
from streams.settings.secret import Secret
from tests.streams.lookup.google import BASE, MONTH, PRICE, START, Scene, asking, pointer, sell
from tests.streams.stores.signing import APP, APP_STORE, PLAY_STORE, with_options

LOOPBACK = "http://127.0.0.1:9999"


def project(*apps: object) -> Project:
    return Project(name="Tidepool", sha256="0", apps=tuple(apps))  # type: ignore[arg-type]


def observed(records: tuple[InboxRecord, ...]) -> Observation:
    (seen,) = (record for record in records if isinstance(record, Observation))
    return seen


def test_google_is_one_address_for_all_apps() -> None:
    assert issuers(project(APP, APP)) == {
        "https://accounts.google.com": "https://www.googleapis.com/oauth2/v3/certs"
    }


def test_a_demo_apps_own_issuer_has_its_own() -> None:
    demo = with_options(PLAY_STORE, issuer=LOOPBACK)

    assert issuers(project(APP, demo))[LOOPBACK] == f"{LOOPBACK}/oauth2/v3/certs"


def test_nobody_is_asked_for_an_app_without_google_play() -> None:
    assert issuers(project(with_options(APP_STORE))) == {}


async def test_every_order_up_to_the_newest_is_asked_for_so_that_a_lost_message_heals() -> None:
    async with asking() as scene:
        sell(scene.play, renewals=3)
        found = await scene.store.look_up(pointer("SUBSCRIPTION_RENEWED", Signal.RENEWED))

    terms = observed(found.records).snapshot.transactions
    assert [term.transaction_id for term in terms] == [BASE, *(f"{BASE}..{n}" for n in range(3))]
    assert {term.price for term in terms} == {Money(micros=4_990_000, currency="EUR")}
    assert [term.purchased_at for term in terms] == [START + n * MONTH for n in range(4)]


async def test_an_access_token_is_fetched_once_and_again_when_it_is_refused() -> None:
    async with asking() as scene:
        sell(scene.play)
        await scene.store.look_up(pointer())
        await scene.store.look_up(pointer())
        assert len(scene.play._tokens) == 1
        scene.play.revoke_tokens()
        assert not (await scene.store.look_up(pointer())).stale
        assert len(scene.play._tokens) == 1
        scene.play.faults.status = 401
        await _fails(
            scene, CredentialsRefusedError
        )  # a new one refused as well is the account's end


async def test_many_messages_of_one_purchase_ask_twice_at_most_and_each_is_told() -> None:
    async with asking() as scene:
        sell(scene.play)
        scene.play.faults.slow = 0.05
        pointers = [pointer(at=START + timedelta(seconds=n)) for n in range(20)]
        found = await asyncio.gather(*(scene.store.look_up(one) for one in pointers))

    assert len({observed(one.records).observation_id for one in found}) == 20
    assert scene.play.asked["subscriptions/token-1"] <= 2


async def test_a_chain_of_tokens_leads_to_the_oldest_with_the_one_before() -> None:
    async with asking() as scene:
        sell(scene.play, "token-1")
        for number in (2, 3):
            item = answers.line_item("pro", START + 3 * MONTH, order_id=f"{BASE[:-1]}{number}")
            told = answers.subscription(
                "ACTIVE", [item], START + MONTH, linkedPurchaseToken=f"token-{number - 1}"
            )
            scene.play.put("subscriptions", f"token-{number}", told)
        found = await scene.store.look_up(pointer(token="token-3"))

    names = [record for record in found.records if isinstance(record, PurchaseAlias)]
    assert [(n.purchase_key[-7:], n.target[-7:]) for n in names] == [
        ("token-3", "token-1"),
        ("token-2", "token-1"),
    ]
    assert observed(found.records).purchase_key.endswith("/PRODUCTION/token-1")


async def test_what_google_has_forgotten_is_where_the_chain_begins() -> None:
    async with asking() as scene:
        sell(scene.play, "token-2", linkedPurchaseToken="token-1-gone")
        found = await scene.store.look_up(pointer(token="token-2"))

    assert observed(found.records).purchase_key.endswith("/token-1-gone")


async def test_a_circle_of_tokens_is_refused() -> None:
    async with asking() as scene:
        sell(scene.play, "token-1", linkedPurchaseToken="token-2")
        sell(scene.play, "token-2", linkedPurchaseToken="token-1")
        with pytest.raises(RejectedError) as refused:
            await scene.store.look_up(pointer())

    assert refused.value.reason == "alias_cycle"


async def test_a_void_that_the_order_does_not_show_yet_is_found_and_counts_once() -> None:
    now = clock.now()
    told = pointer("VOIDED_PURCHASE", Signal.REFUNDED, at=now, hint={"order_id": BASE})
    async with asking() as scene:
        sell(scene.play)
        early = await scene.store.look_up(told)
        scene.play.put("voids", BASE, answers.void("token-1", BASE, now))
        voided = await scene.store.look_up(told)
        order = scene.play.find("orders", BASE)
        assert order is not None
        scene.play.put("orders", BASE, answers.refunded(order, now))
        refunded = await scene.store.look_up(told)

    assert (early.stale, voided.stale, refunded.stale) == (True, False, False)
    assert observed(early.records).snapshot.refunds == ()
    ids = [observed(one.records).snapshot.refunds[0].refund_id for one in (voided, refunded)]
    assert ids == [BASE, BASE]


async def test_a_post_of_a_product_is_found_after_it_was_no_subscription() -> None:
    async with asking() as scene:
        bought = answers.product("coins", "GPA.1", START, quantity=3)
        scene.play.put("products", "token-9", bought)
        scene.play.put("orders", "GPA.1", answers.order("GPA.1", "token-9", "coins", PRICE, START))
        posted = pointer("POSTED", Signal.LOOKED_UP, token="token-9", origin=Origin.POST)
        found = await scene.store.look_up(posted)

    (term,) = observed(found.records).snapshot.transactions
    assert (term.product_id, term.quantity, term.price) == (
        "coins",
        3,
        Money(micros=4_990_000, currency="EUR"),
    )


async def test_a_question_about_a_refund_is_about_the_orders_purchase() -> None:
    asked = pointer("PENDING_REFUND_REVIEW", Signal.REFUND_REQUESTED, token=BASE)
    asked = replace(asked, hint={"pending_refund_token": "x", "order_id": BASE})
    async with asking() as scene:
        sell(scene.play)
        found = await scene.store.look_up(asked)

    assert observed(found.records).purchase_key.endswith("/token-1")


async def test_without_the_permission_to_see_money_the_price_is_not_known() -> None:
    async with asking() as scene:
        sell(scene.play)
        scene.play.faults.forbidden = "/orders"
        found = await scene.store.look_up(pointer())

    (term,) = observed(found.records).snapshot.transactions
    assert (term.transaction_id, term.price) == (BASE, None)


async def test_a_test_purchase_is_sandbox_and_none_of_an_app_of_production() -> None:
    async with asking() as scene:
        sell(scene.play, testPurchase={})
        found = await scene.store.look_up(pointer())
        with pytest.raises(RejectedError) as refused:
            await scene.store.look_up(replace(pointer(), environments=(Environment.PRODUCTION,)))

    assert observed(found.records).environment is Environment.SANDBOX
    assert refused.value.reason == "environment"


async def _fails(scene: Scene, kind: type[Exception]) -> Exception:
    with pytest.raises(kind) as failed:
        await scene.store.look_up(pointer())
    return failed.value


async def test_what_fails_is_an_error_by_what_to_do_next() -> None:
    async with asking() as scene:
        unknown = await _fails(scene, RejectedError)
        scene.play.faults.throttled = 7
        busy = await _fails(scene, TransientError)
        scene.play.faults.throttled = None
        scene.play.faults.status = 503
        await _fails(scene, TransientError)
        scene.play.faults.status = 403
        await _fails(scene, CredentialsRefusedError)

    assert isinstance(unknown, RejectedError)
    assert unknown.reason == "unknown_purchase"
    assert isinstance(busy, TransientError)
    assert busy.retry_after == timedelta(seconds=7)


async def test_a_store_that_is_slow_or_away_is_transient() -> None:
    async with asking() as scene:
        sell(scene.play)
        await scene.store.look_up(pointer())
        api = scene.store._api._api
        assert isinstance(api, Api)
        api.timeout = timedelta(seconds=0.1)
        scene.play.faults.slow = 5
        await _fails(scene, TransientError)
        api.url = "http://127.0.0.1:1"
        await _fails(scene, TransientError)


async def test_beyond_the_rate_nobody_is_asked_and_a_turn_is_given() -> None:
    async with asking(requests_per_second=1.0) as scene:
        sell(scene.play)
        await scene.store.look_up(pointer())
        error = await _fails(scene, ThrottledError)

    assert isinstance(error, ThrottledError)
    assert error.retry_after is not None
    assert scene.play.asked["subscriptions/token-1"] == 1


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, "service_account_key"),
        ({"service_account_key": Secret("{}")}, "JSON key"),
        ({"service_account_key": Secret('{"client_email":"a","private_key":"x"}')}, "PEM"),
        ({"service_account_key": Secret("{}"), "colour": 1}, "keys are"),
        ({"service_account_key": Secret("{}"), "url": "https://evil.example"}, "url"),
        ({"service_account_key": Secret("{}"), "requests_per_second": 0.0}, "requests_per_second"),
    ],
)
def test_what_can_not_work_is_named_at_the_start(options: dict[str, object], names: str) -> None:
    settings = ApiSettings(path="project.toml: apps[0].stores[1].api", options=options)

    with pytest.raises(ConfigError, match=names):
        lookup(APP, settings, None)  # type: ignore[arg-type]
