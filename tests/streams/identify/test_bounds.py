"""A customer's state stays under 512 KiB, and what grants something stays longest."""

from datetime import timedelta

from streams.contracts.change import Change, ChangeKind
from streams.contracts.codec import encode
from streams.contracts.words import TransactionKind
from streams.identify.bounds import MOST_RATES
from tests.streams.identify.make import Inbox
from tests.streams.normalize.make import EURO, START, change, refund, term

LIMIT = 512 * 1024
MANY = MOST_RATES + 30
LONG_TOKEN = "t" * 1_000
"""Google's purchase tokens are the longest ids of a purchase; ingress takes 1,000 characters."""


def coins(n: int, token: str = "") -> Change:
    at = START + timedelta(hours=n)
    bought = term(
        1,
        kind=TransactionKind.ONE_TIME,
        product_id="coins",
        purchased_at=at,
        expires_at=None,
        fact=f"txn/{n}",
    )
    return change(ChangeKind.PURCHASED, bought, purchase=f"{token}{n:05}")


def test_a_customer_of_many_purchases_keeps_the_newest_and_counts_the_rest() -> None:
    inbox = Inbox(EURO)
    for n in range(MANY):
        inbox.hear(coins(n))
    assert inbox.state is not None
    assert len(encode(inbox.state)) < LIMIT
    held = [term.purchased_at for term in inbox.state.terms]
    assert min(held) == START + timedelta(hours=MANY - len(held))
    assert len(held) + inbox.state.dropped == MANY
    assert len(held) >= 250
    assert len(inbox.state.rates) == MOST_RATES


def test_the_longest_ids_with_everything_set_stay_under_the_limit() -> None:
    inbox = Inbox(EURO)
    for n in range(125):
        bought = coins(n, LONG_TOKEN)
        inbox.hear(bought)
        for kind in (
            ChangeKind.RENEWED,
            ChangeKind.RENEWAL_OFF,
            ChangeKind.BILLING_FAILED,
            ChangeKind.ENDED,
            ChangeKind.REFUNDED,
            ChangeKind.PAUSE_SCHEDULED,
        ):
            more = change(
                kind,
                bought.transaction,
                fact=f"{kind}/{n}",
                purchase=f"{LONG_TOKEN}{n:05}",
                expires_at=START,
                grace_expires_at=START,
                auto_resume_at=START,
                refund=refund(),
            )
            inbox.hear(more)
    assert inbox.state is not None
    assert inbox.state.dropped > 0
    assert len(encode(inbox.state)) < LIMIT


def test_what_grants_an_entitlement_stays_whatever_is_bought_after_it() -> None:
    inbox = Inbox()
    lifetime = term(1, kind=TransactionKind.ONE_TIME, product_id="lifetime", expires_at=None)
    inbox.hear(change(ChangeKind.STARTED, term(1)))
    inbox.hear(change(ChangeKind.PURCHASED, lifetime, purchase="life", fact="txn/life"))
    for n in range(310):
        inbox.hear(coins(n))
    assert inbox.state is not None
    assert inbox.state.dropped > 0
    assert {"pro", "lifetime"} <= {term.product_id for term in inbox.state.terms}
