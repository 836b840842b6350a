"""tax_percentage, commission_percentage and takehome_percentage, as literals a finance team can check."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sinks.destinations.payload import fields
from streams.contracts.change import Change, ChangeKind
from streams.contracts.fees import Program
from streams.contracts.ids import StoreName
from streams.contracts.money import Money
from streams.contracts.project import App, AppStore, Project
from streams.contracts.snapshot import Transaction
from streams.contracts.words import PeriodType, TransactionKind
from streams.normalize.events import normalize
from streams.normalize.shares import shares_of
from tests.streams.normalize.make import (
    APP,
    APPLE,
    CUSTOMER,
    EURO,
    PLAY,
    PROJECT,
    STRIPE,
    change,
    euros,
    refund,
    term,
)

COINS = term(1, kind=TransactionKind.ONE_TIME, expires_at=None, product_id="coins")


def project(store: StoreName, *programs: Program) -> Project:
    stores = (AppStore(store=store, programs=programs),)
    return replace(PROJECT, apps=(App(app_id=APP, name="App", stores=stores),))


def sold(sale: Transaction, store: StoreName = APPLE, paid_days: int = 0) -> Change:
    kind = ChangeKind.PURCHASED if sale.expires_at is None else ChangeKind.RENEWED
    return change(kind, sale, store=store, paid_days=paid_days)


def percentages(change_: Change, in_: Project = PROJECT) -> tuple[object, object, object]:
    told = fields(normalize(change_, CUSTOMER, in_, EURO))
    names = ("tax_percentage", "commission_percentage", "takehome_percentage")
    return told[names[0]], told[names[1]], told[names[2]]


@pytest.mark.parametrize(
    ("country", "told"),
    [
        ("GB", (0.1667, 0.25, 0.7)),  # 100.00 with 20 % tax: 83.33 net, of which 30 % are 25.00
        ("DE", (0.1597, 0.2521, 0.7)),
        ("FI", (0.2032, 0.239, 0.7)),
        ("US", (0.0, 0.3, 0.7)),
        ("XX", (None, 0.3, 0.7)),
        (None, (None, 0.3, 0.7)),
    ],
)
def test_the_app_store_takes_30_percent_of_what_tax_leaves(
    country: str | None, told: tuple[float | None, float, float]
) -> None:
    assert percentages(sold(term(1, country=country))) == told


@pytest.mark.parametrize(("paid_days", "takehome"), [(0, 0.7), (364, 0.7), (365, 0.85)])
def test_after_a_year_of_paid_service_the_app_store_takes_15_percent(
    paid_days: int, takehome: float
) -> None:
    assert percentages(sold(term(1), paid_days=paid_days))[2] == takehome


@pytest.mark.parametrize(
    ("starts", "ends", "takehome"),
    [
        (date(2026, 3, 10), date.max, 0.85),
        (date(2026, 3, 11), date.max, 0.7),
        (date(2025, 1, 1), date(2026, 3, 10), 0.7),
        (date(2025, 1, 1), date(2026, 3, 11), 0.85),
    ],
)
def test_the_small_business_program_holds_from_its_first_day_to_before_its_last(
    starts: date, ends: date, takehome: float
) -> None:
    small = project(APPLE, Program(name="small_business", starts=starts, ends=ends))
    assert percentages(sold(term(1)), small)[2] == takehome
    assert percentages(sold(COINS), small)[2] == takehome


@pytest.mark.parametrize(
    ("day", "paid_days", "takehome"),
    [
        ("2026-03-10", 0, 0.85),
        ("2022-01-01", 0, 0.85),
        ("2021-12-31", 0, 0.7),
        ("2021-12-31", 400, 0.85),
    ],
)
def test_google_takes_15_percent_of_subscriptions_since_2022(
    day: str, paid_days: int, takehome: float
) -> None:
    bought = term(1, purchased_at=datetime.fromisoformat(day).replace(tzinfo=UTC))
    assert percentages(sold(bought, PLAY, paid_days))[2] == takehome


def test_google_takes_15_percent_of_one_time_purchases_up_to_a_million() -> None:
    past = project(PLAY, Program(name="full_fee", starts=date(2026, 1, 1)))
    assert percentages(sold(COINS, PLAY)) == (0.1597, 0.126, 0.85)
    assert percentages(sold(COINS, PLAY), past) == (0.1597, 0.2521, 0.7)
    assert percentages(sold(term(1), PLAY), past)[2] == 0.85


def test_of_stripe_only_what_it_told_is_known() -> None:
    assert percentages(sold(term(1), STRIPE)) == (None, None, None)
    taxed = term(1, price=euros("11.90"), tax=euros("1.90"))
    assert percentages(sold(taxed, STRIPE)) == (0.1597, None, None)
    charged = term(1, price=euros("11.90"), tax=euros("1.90"), fee=euros("0.50"))
    assert percentages(sold(charged, STRIPE)) == (0.1597, 0.042, 0.95)


def test_what_the_store_told_goes_before_what_is_estimated() -> None:
    told = term(1, price=euros("10.00"), tax=euros("0.70"), fee=euros("1.00"), country="DE")
    assert percentages(sold(told, PLAY)) == (0.07, 0.1, 0.892)
    other = term(1, price=euros("10.00"), tax=Money(micros=1, currency="USD"), country="DE")
    assert percentages(sold(other, PLAY))[0] == 0.1597


def test_a_tiny_charge_may_cost_more_than_it_brings() -> None:
    tiny = term(1, price=euros("0.20"), fee=euros("0.30"))
    assert percentages(sold(tiny, STRIPE)) == (None, 1.5, -0.5)


def test_a_refund_has_the_shares_of_what_is_refunded() -> None:
    back = change(ChangeKind.REFUNDED, term(1), refund=refund(euros("2.00")), paid_days=365)
    assert percentages(back) == (0.1597, 0.126, 0.85)


def test_a_trial_has_the_shares_of_its_country_and_costs_nothing() -> None:
    trial = sold(term(1, price=euros("0.00"), period_type=PeriodType.TRIAL))
    assert percentages(trial) == (0.1597, 0.2521, 0.7)
    assert fields(normalize(trial, CUSTOMER, PROJECT, EURO))["price"] == 0.0


def test_a_change_about_no_transaction_has_no_shares() -> None:
    assert shares_of(change(ChangeKind.BILLING_FAILED), PROJECT) == (None, None)


def test_what_is_left_of_all_parts_is_the_proceeds() -> None:
    price = 100_000_000
    tax_bp, commission_bp = shares_of(sold(term(1, country="GB")), PROJECT)
    assert tax_bp is not None
    assert commission_bp is not None
    assert price * (10_000 - tax_bp - commission_bp) // 10_000 == 58_330_000
