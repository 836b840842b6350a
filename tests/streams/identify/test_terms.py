"""What a customer holds depends on which changes came, not on their order: a law, so generated."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.contracts.change import Change, ChangeKind
from streams.contracts.customer import Customer
from streams.contracts.ids import EventId
from streams.contracts.snapshot import Transaction
from streams.contracts.words import TransactionKind
from streams.identify.terms import joined, term_of
from tests.streams.identify.make import Inbox
from tests.streams.normalize.make import START, change, day, refund, term

KINDS = [kind for kind in ChangeKind if kind is not ChangeKind.TRANSFERRED]
HELD = [kind for kind in KINDS if kind is not ChangeKind.INVOICED]


@st.composite
def changes(draw: st.DrawFn, kinds: Sequence[ChangeKind] = KINDS) -> Change:
    """Any change of few purchases, items, products and periods, often at the same time."""
    period = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(kinds))
    about = term(
        period,
        product_id=draw(st.sampled_from(("pro", "max"))),
        kind=draw(st.sampled_from(TransactionKind)),
    )
    at = START + timedelta(days=draw(st.integers(0, 5)))
    fact = f"{kind}/{draw(st.integers(0, 10**6))}"
    return change(
        kind,
        about,
        fact=fact,
        at=at,
        purchase=draw(st.sampled_from(("1000", "2000"))),
        item=draw(st.sampled_from(("", "si_a"))),
        refund=refund() if kind in {ChangeKind.REFUNDED, ChangeKind.REFUND_REVERSED} else None,
        expires_at=draw(st.sampled_from(ends(about))),
        grace_expires_at=draw(st.sampled_from((day(46), None))),
        auto_resume_at=day(60),
        immediate=draw(st.booleans()),
        new_product_id="next",
    )


def ends(about: Transaction) -> tuple[datetime | None, ...]:
    """Told as it was sold, extended, or not at all."""
    assert about.expires_at is not None
    return about.expires_at, about.expires_at + timedelta(days=5), None


histories = st.lists(changes(), max_size=14, unique_by=lambda told: told.event_id)


def after(told: list[Change]) -> tuple[Customer | None, set[EventId]]:
    inbox = Inbox()
    ids = {event.id for each in told for event in inbox.hear(each)}
    return inbox.customer, ids


@given(histories, st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_changes_shuffled_and_doubled_give_the_same_customer(
    told: list[Change], random: Random
) -> None:
    other = told + [each for each in told if random.random() < 0.5]
    random.shuffle(other)
    assert after(other) == after(told)


@given(changes(HELD), changes(HELD), changes(HELD))
def test_joining_is_commutative_associative_and_idempotent(a: Change, b: Change, c: Change) -> None:
    x, y, z = (term_of(each) for each in (a, b, c))
    assert x is not None
    assert y is not None
    assert z is not None
    assert joined(x, y) == joined(y, x) or (x.subscription_id, x.product_id) != (
        y.subscription_id,
        y.product_id,
    )
    assert joined(x, x) == x
    same = [each for each in (x, y, z) if each.product_id == x.product_id]
    if len(same) == 3 and len({each.subscription_id for each in same}) == 1:
        assert joined(joined(x, y), z) == joined(x, joined(y, z))


def test_what_is_billed_and_not_paid_yet_is_held_by_nobody() -> None:
    inbox = Inbox()
    (event,) = inbox.hear(change(ChangeKind.INVOICED, fact="invoice/in_1"))
    assert event.type == "INVOICE_ISSUANCE"
    assert inbox.customer is not None
    assert inbox.customer.purchases == ()
