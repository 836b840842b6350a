"""What no fixture shows of Stripe: the price as product, odd trials, thin events, strange times."""

from datetime import timedelta
from typing import Any

import pytest

from deploy.demo.payloads import stripe, stripe_invoices
from streams.contracts.errors import MalformedError
from streams.contracts.project import App
from streams.contracts.purchase import Notification
from streams.contracts.words import PeriodType, Signal, TransactionKind
from streams.stores import STORES
from tests.streams.stores.signing import APP, KEYRING, NOW, STRIPE, stripe_raw, with_options

MONTH = timedelta(days=30)
PRO = stripe.Price(id="price_pro", product="prod_pro", amount=999, currency="USD")


def decoded(event: dict[str, Any], app: App = APP) -> Notification:
    adapter = STORES[STRIPE]
    first = adapter.decode(adapter.verify(stripe_raw(event), KEYRING, app), app)[0]
    assert isinstance(first, Notification)
    return first


def updated(app: App = APP, **subscription: Any) -> Notification:  # noqa: ANN401 - any member of it
    """customer.subscription.updated; members replace those of an active month from NOW on."""
    fields: dict[str, Any] = {
        "id_": "sub_1",
        "customer": "cus_1",
        "status": "active",
        "items": [stripe.Item(id="si_1", price=PRO, period_start=NOW, period_end=NOW + MONTH)],
        "started_at": NOW,
    }
    content = stripe.subscription(**(fields | subscription))
    event = stripe.event("customer.subscription.updated", content, id_="evt_1", created=NOW)
    return decoded(event, app)


def test_a_product_id_may_be_the_price_everywhere() -> None:
    app = with_options(STRIPE, product_from="price")
    line = stripe_invoices.Line(
        id="il_1", price=PRO, amount=999, period_start=NOW, period_end=NOW + MONTH, item="si_1"
    )
    invoice = stripe_invoices.Invoice(
        id="in_1", customer="cus_1", currency="USD", created=NOW, lines=[line], subscription="sub_1"
    )

    assert updated(app).snapshot.standings[0].product_id == "price_pro"
    for shape in stripe.Shape:
        event = stripe.event("invoice.paid", invoice.object(shape), id_="evt_2", created=NOW)
        assert decoded(event, app).snapshot.transactions[0].product_id == "price_pro"


def test_renewal_is_off_since_stripe_was_asked_to_cancel_but_in_its_own_period() -> None:
    """What is canceled at a later date renews until then, and each period says that it was canceled."""
    asked, later = NOW + timedelta(days=3), NOW + MONTH
    item = stripe.Item(id="si_1", price=PRO, period_start=later, period_end=later + MONTH)
    canceled: dict[str, Any] = {"cancel_at": NOW + 2 * MONTH, "canceled_at": asked}

    (first,) = updated(**canceled).snapshot.standings
    (second,) = updated(**canceled, items=[item]).snapshot.standings
    (at_its_end,) = updated(cancel_at_period_end=True, canceled_at=asked).snapshot.standings
    (lost,) = updated(
        status="canceled", cancel_reason="payment_failed", canceled_at=asked
    ).snapshot.standings

    assert (first.since, second.since, at_its_end.since) == (asked, later, asked)
    assert (lost.auto_renew, lost.since) == (None, None)


def test_a_trial_given_to_a_running_subscription_is_no_first_period() -> None:
    later = NOW + 3 * MONTH
    item = stripe.Item(id="si_1", price=PRO, period_start=later, period_end=later + MONTH)

    (start,) = updated(
        status="trialing", items=[item], trial_start=later, trial_end=later + MONTH
    ).snapshot.transactions

    assert (start.kind, start.period_type) == (TransactionKind.RENEWAL, PeriodType.TRIAL)


def test_after_the_trial_it_is_not_told_again() -> None:
    later = NOW + MONTH
    item = stripe.Item(id="si_1", price=PRO, period_start=later, period_end=later + MONTH)

    told = updated(items=[item], trial_start=NOW, trial_end=later).snapshot

    assert told.transactions == ()
    assert len(told.standings) == 1


def test_a_metered_price_begins_with_its_subscription() -> None:
    metered = stripe.Price(id="price_m", product="prod_m", amount=None, currency="USD")
    item = stripe.Item(id="si_1", price=metered, period_start=NOW, period_end=NOW + MONTH)
    content = stripe.subscription(
        id_="sub_1", customer="cus_1", status="active", items=[item], started_at=NOW
    )
    content["items"]["data"][0]["price"]["recurring"]["usage_type"] = "metered"
    event = stripe.event("customer.subscription.created", content, id_="evt_1", created=NOW)

    (start,) = decoded(event).snapshot.transactions

    assert (start.kind, start.price and start.price.micros) == (TransactionKind.INITIAL, 0)


def test_the_same_trial_is_the_same_fact_in_every_message() -> None:
    end = NOW + MONTH
    facts = {
        updated(status=status, trial_start=NOW, trial_end=end).snapshot.transactions[0].fact
        for status in ("trialing", "canceled")
    }

    assert facts == {f"tidepool/stripe/PRODUCTION/sub_1/si_1/{int(NOW.timestamp())}/start"}


def test_a_price_that_did_not_change_is_no_change_of_product() -> None:
    content = stripe.subscription(
        id_="sub_1",
        customer="cus_1",
        status="active",
        items=[stripe.Item(id="si_1", price=PRO, period_start=NOW, period_end=NOW + MONTH)],
        started_at=NOW,
    )
    dearer = PRO.object() | {"id": "price_old", "unit_amount": 899}
    event = stripe.event(
        "customer.subscription.updated",
        content,
        id_="evt_1",
        created=NOW,
        previous={"items": {"data": [{"id": "si_1", "price": dearer, "quantity": 2}]}},
    )

    by_product, by_price = (
        decoded(event, with_options(STRIPE, product_from=source)).snapshot.standings[0]
        for source in ("product", "price")
    )

    assert not by_product.product_changed
    assert by_price.product_changed


@pytest.mark.parametrize(
    "previous",
    [
        {"items": {"data": [{"id": "si_1", "price": {"unit_amount": 899}}]}},
        {"items": {"data": [{"id": "si_1"}]}},
        {"items": {"data": [{"price": {"product": "prod_old"}}]}},
        {"items": {"data": [{"id": "si_2", "price": {"product": "prod_old"}}]}},
        {"metadata": {"user_id": None}},
    ],
    ids=["a part of the price", "no price", "no item", "another item", "something else"],
)
def test_old_values_that_name_no_product_are_no_change(previous: dict[str, object]) -> None:
    content = stripe.subscription(
        id_="sub_1",
        customer="cus_1",
        status="active",
        items=[stripe.Item(id="si_1", price=PRO, period_start=NOW, period_end=NOW + MONTH)],
        started_at=NOW,
    )
    event = stripe.event(
        "customer.subscription.updated", content, id_="evt_1", created=NOW, previous=previous
    )

    assert not decoded(event).snapshot.standings[0].product_changed


def test_a_new_status_says_nothing_of_access() -> None:
    assert updated(status="dormant").snapshot.standings[0].access is None


def test_a_thin_event_keeps_its_time_and_says_nothing() -> None:
    notification = decoded(stripe.thin_event("v2.core.account.updated", id_="evt_9", created=NOW))

    assert (notification.signal, notification.occurred_at) == (Signal.NOTED, NOW)


@pytest.mark.parametrize("created", ["noon", 10**18, "9999-12-31T23:59:59-14:00"])
def test_a_time_that_is_none_is_malformed(created: object) -> None:
    event = stripe.event("customer.deleted", {"id": "cus_1"}, id_="evt_1", created=NOW)

    with pytest.raises(MalformedError):
        decoded(event | {"created": created})


def test_an_item_without_a_period_is_malformed() -> None:
    content = stripe.subscription(
        id_="sub_1",
        customer="cus_1",
        status="active",
        items=[stripe.Item(id="si_1", price=PRO, period_start=NOW, period_end=NOW + MONTH)],
        started_at=NOW,
    )
    del content["items"]["data"][0]["current_period_start"]
    event = stripe.event("customer.subscription.updated", content, id_="evt_1", created=NOW)

    with pytest.raises(MalformedError, match="si_1"):
        decoded(event)
