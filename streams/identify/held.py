"""A customer as topic `customers` shows them: what they hold, made from the terms and the product map.

Invariant: of one subscription a single product is in force; those that it replaced have ended.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from itertools import groupby, pairwise

from msgspec.structs import replace

from streams.contracts.customer import Customer, HeldPurchase
from streams.contracts.project import Project
from streams.contracts.snapshot import NO_ITEM
from streams.contracts.stores import BY_NAME
from streams.contracts.words import PeriodType
from streams.identify.attributes import present
from streams.identify.registers import merged
from streams.identify.seen import original, shown
from streams.identify.state import CustomerState, Register, Term
from streams.identify.terms import one_period
from streams.normalize.products import entitlements_of


def customer_of(state: CustomerState, project: Project) -> Customer:
    """The public record; entitlements are those that the product map gives today."""
    return Customer(
        customer_id=shown(state.seen),
        original_customer_id=original(state.seen),
        first_seen_at=min(seen.first_at for seen in state.seen.values()),
        last_seen_at=max(seen.last_at for seen in state.seen.values()),
        aliases=tuple(state.seen),
        attributes=present(state.attributes),
        purchases=tuple(_held(term, end, project) for term, end in _with_ends(state.terms)),
    )


def _with_ends(terms: tuple[Term, ...]) -> Iterator[tuple[Term, datetime | None]]:
    """Each term and when it ended; `terms` are in the order of their subscriptions."""
    for _, products in groupby(terms, key=lambda term: term.subscription_id):
        ordered = sorted(products, key=_in_force)
        for replaced, by in pairwise(ordered):
            yield replaced, _ended(replaced, by)
        present = reduce(_inheriting, reversed(ordered))
        yield present, _value(present, Register.ENDED)


def _inheriting(present: Term, replaced: Term) -> Term:
    """What happened to the period under its former product still holds; a refund is of one product."""
    if not one_period(present, replaced):
        return present
    former = dict(replaced.registers)
    former.pop(Register.REFUNDED, None)
    return replace(present, registers=merged(former, present.registers))


def _in_force(term: Term) -> tuple[datetime, datetime, str]:
    """By beginning; in one period the product that was named last."""
    return (
        term.purchased_at,
        term.named.order.at if term.named else term.first_at,
        term.product_id,
    )


def _ended(replaced: Term, by: Term) -> datetime | None:
    """When the next product took its place, unless it had ended before."""
    ended = _value(replaced, Register.ENDED)
    if replaced.one_time:
        return ended
    place = by.purchased_at if by.purchased_at > replaced.purchased_at else by.first_at
    until = _value(replaced, Register.EXPIRES)
    return min(time for time in (ended, until, place) if time is not None)


def _held(term: Term, ended_at: datetime | None, project: Project) -> HeldPurchase:
    sale = term.sale
    return HeldPurchase(
        purchase_key=term.purchase_key,
        app_id=term.app_id,
        store=term.store,
        store_name=BY_NAME[term.store].event_name,
        environment=term.environment,
        product_id=term.product_id,
        item=term.subscription_id[len(term.purchase_key) + 1 :] or NO_ITEM,
        one_time=term.one_time,
        entitlement_ids=entitlements_of(project, term.store, term.product_id) or (),
        period_type=sale.period_type if sale else PeriodType.NORMAL,
        original_purchased_at=term.original_purchased_at,
        purchased_at=term.purchased_at,
        expires_at=None if term.one_time else _value(term, Register.EXPIRES),
        grace_expires_at=_value(term, Register.GRACE),
        unsubscribed_at=_value(term, Register.UNSUBSCRIBED),
        billing_issue_at=_value(term, Register.BILLING),
        refunded_at=_value(term, Register.REFUNDED),
        ended_at=ended_at,
        auto_resume_at=_value(term, Register.RESUMES),
        family_share=sale.family_share if sale else False,
        transaction_id=sale.transaction_id if sale else None,
        price_micros=sale.price_micros if sale else None,
        currency=sale.currency if sale else None,
    )


def _value(term: Term, name: Register) -> datetime | None:
    mark = term.registers.get(name)
    return mark.value if mark else None
