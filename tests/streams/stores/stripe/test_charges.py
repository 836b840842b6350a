"""What was charged for what: the sum is what the bank saw, whatever the lines say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.payloads.stripe import Price, Shape
from deploy.demo.payloads.stripe_invoices import Invoice as InvoicePayload
from deploy.demo.payloads.stripe_invoices import Line
from streams.contracts.codec import decode
from streams.stores.stripe.bills import Invoice
from streams.stores.stripe.charges import Charge, charges

NOW = datetime(2026, 11, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
PRO = Price(id="price_pro", product="prod_pro", amount=999, currency="USD")


def line(
    id_: str = "il_1", amount: int = 999, *, item: str | None = "si_1", month: int = 0
) -> Line:
    start = NOW + month * MONTH
    return Line(
        id=id_, price=PRO, amount=amount, period_start=start, period_end=start + MONTH, item=item
    )


def proration(id_: str, amount: int, item: str = "si_1") -> Line:
    return replace(line(id_, amount, item=item), proration=True)


def charged(
    *lines: Line, balance: int = 0, reason: str = "subscription_cycle", shape: Shape = Shape.NEW
) -> list[Charge]:
    payload = InvoicePayload(
        id="in_1",
        customer="cus_1",
        currency="USD",
        created=NOW,
        lines=lines,
        subscription="sub_1",
        billing_reason=reason,
        balance=balance,
    )
    return list(charges(decode(orjson.dumps(payload.object(shape)), Invoice)))


def test_two_items_share_a_balance_in_proportion_to_the_last_cent() -> None:
    paid = charged(line(amount=1000), line("il_2", 500, item="si_2"), balance=999)

    assert [charge.amount for charge in paid] == [334, 167]


def test_one_items_credit_pays_for_another_and_is_no_negative_charge() -> None:
    paid = charged(proration("il_1", -400), line("il_2", 1000, item="si_2"))

    assert [(charge.item, charge.amount) for charge in paid] == [("si_2", 600)]


def test_a_period_that_a_balance_paid_wholly_is_still_a_charge_of_nothing() -> None:
    assert [charge.amount for charge in charged(line(), balance=999)] == [0]


def test_a_change_of_quantity_that_costs_nothing_is_no_charge() -> None:
    assert charged(proration("il_1", -500), proration("il_2", 500)) == []


def test_the_tiers_of_one_price_are_one_charge() -> None:
    paid = charged(line("il_1", 700), line("il_2", 300))

    assert [(charge.main.id, charge.amount) for charge in paid] == [("il_1", 1000)]


def test_two_periods_of_one_item_are_two_charges() -> None:
    paid = charged(line("il_1"), line("il_2", month=1), proration("il_3", 100))

    assert [(charge.main.id, charge.amount) for charge in paid] == [("il_1", 999), ("il_2", 1099)]


def test_an_invoice_paid_outside_of_stripe_counts_as_due() -> None:
    payload = InvoicePayload(
        id="in_1", customer="cus_1", currency="USD", created=NOW, lines=[line()], subscription="s"
    ).object()
    paid = charges(decode(orjson.dumps(payload | {"amount_paid": 0}), Invoice))

    assert [charge.amount for charge in paid] == [999]


def test_lines_that_did_not_fit_into_the_event_leave_no_money_out() -> None:
    payload = InvoicePayload(
        id="in_1", customer="cus_1", currency="USD", created=NOW, lines=[line()], subscription="s"
    ).object()
    paid = charges(decode(orjson.dumps(payload | {"amount_paid": 2500}), Invoice))

    assert [charge.amount for charge in paid] == [2500]


def test_a_free_start_is_told_by_its_subscription_and_a_free_renewal_here() -> None:
    for reason in ("subscription_create", "subscription_update"):
        assert charged(line(amount=0), reason=reason) == []

    assert [charge.amount for charge in charged(line(amount=0))] == [0]


AMOUNTS = st.integers(-5000, 5000)
LINES = st.lists(
    st.builds(
        lambda item, amount, prorated, discount, tax: replace(
            line("il_x", amount, item=item), proration=prorated, discount=discount, tax=tax
        ),
        st.sampled_from(["si_1", "si_2", "si_3", None]),
        AMOUNTS,
        st.booleans(),
        st.integers(0, 500),
        st.integers(0, 500),
    ),
    min_size=1,
    max_size=6,
)


@given(lines=LINES, balance=st.integers(0, 8000), shape=st.sampled_from(Shape))
def test_the_charges_come_to_what_was_paid_and_none_is_negative(
    lines: list[Line], balance: int, shape: Shape
) -> None:
    named = [replace(each, id=f"il_{place}") for place, each in enumerate(lines)]
    due = max(sum(each.amount - each.discount + each.tax for each in lines) - balance, 0)

    paid = charged(*named, balance=balance, shape=shape)

    assert all(charge.amount >= 0 for charge in paid)
    assert sum(charge.amount for charge in paid) == due


@given(lines=LINES, balance=st.integers(0, 8000))
def test_both_shapes_charge_the_same(lines: list[Line], balance: int) -> None:
    named = [replace(each, id=f"il_{place}") for place, each in enumerate(lines)]

    old, new = (charged(*named, balance=balance, shape=shape) for shape in (Shape.OLD, Shape.NEW))

    assert [(c.main.id, c.amount) for c in old] == [(c.main.id, c.amount) for c in new]


def taxed(amount: int, tax: int, *, balance: int = 0) -> int | None:
    (charge,) = charged(replace(line(amount=amount), tax=tax), balance=balance)
    return charge.tax


def test_the_tax_of_a_charge_is_what_its_lines_say() -> None:
    assert taxed(1000, 190) == 190


def test_of_a_charge_that_a_balance_paid_for_in_part_the_tax_is_a_part() -> None:
    assert taxed(1000, 190, balance=595) == 95


def test_an_invoice_without_taxes_says_nothing_of_them() -> None:
    assert charged(line())[0].tax is None
