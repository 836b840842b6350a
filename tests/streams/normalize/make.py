"""Changes for the tests of normalize and identify: customer u-1's monthly subscription, in plain words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace as but

from streams.contracts.change import Change, ChangeKind
from streams.contracts.customer import Customer
from streams.contracts.ids import (
    AppId,
    CustomerId,
    NotificationId,
    ReceiptId,
    StoreName,
    event_id,
    purchase_key,
)
from streams.contracts.money import Money, Rate
from streams.contracts.project import App, Product, Project
from streams.contracts.snapshot import Refund, Transaction
from streams.contracts.words import Environment, Origin, PeriodType, Signal, TransactionKind

APP = AppId("app")
APPLE = StoreName("app_store")
PLAY = StoreName("play_store")
STRIPE = StoreName("stripe")
U1, U2 = CustomerId("u-1"), CustomerId("u-2")
START = datetime(2026, 3, 10, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
EURO = Rate(currency="EUR", day="2026-03-10", usd_micros=1_087_654)
PROJECT = Project(
    name="test",
    sha256="5" * 64,
    apps=(App(app_id=APP, name="App"),),
    products=(
        Product(product_id="pro", entitlements=("premium",), duration="P1M"),
        Product(product_id="pro", store=STRIPE, entitlements=("stripe_premium",)),
        Product(product_id="sub", store=PLAY, entitlements=("play",), duration="P1M"),
        Product(product_id="sub:yearly", store=PLAY, entitlements=("year",), duration="P1Y"),
        Product(product_id="coins"),
        Product(product_id="lifetime", entitlements=("premium",)),
    ),
)
CUSTOMER = Customer(
    customer_id=U1,
    original_customer_id=CustomerId("u-0"),
    first_seen_at=START,
    last_seen_at=START,
    aliases=(U1, CustomerId("u-0")),
    attributes={"$email": {"value": "a@example.com", "updated_at_ms": 1}},
)


def day(n: float) -> datetime:
    return START + timedelta(days=n)


def euros(amount: str) -> Money:
    units, cents = amount.split(".")
    return Money(micros=(int(units) * 100 + int(cents)) * 10_000, currency="EUR")


PRICE = euros("7.99")


def term(
    n: int = 1,
    price: Money | None = PRICE,
    **fields: Any,  # noqa: ANN401 - any field of a Transaction
) -> Transaction:
    """The n-th monthly term, from 1."""
    bought = Transaction(
        transaction_id=f"tx{n}",
        original_transaction_id="tx1",
        fact=f"txn/tx{n}",
        kind=TransactionKind.INITIAL if n == 1 else TransactionKind.RENEWAL,
        product_id="pro",
        period=f"tx{n}",
        purchased_at=START + (n - 1) * MONTH,
        expires_at=START + n * MONTH,
        price=price,
        country="DE",
    )
    return but(bought, **fields)


def trial() -> Transaction:
    return term(1, price=None, period_type=PeriodType.TRIAL)


def refund(amount: Money | None = None) -> Refund:
    return Refund(refund_id="re1", refs=("tx1",), refunded_at=day(3), amount=amount)


def change(
    kind: ChangeKind,
    about: Transaction | None = None,
    *,
    fact: str = "",
    at: datetime | None = None,
    store: StoreName = APPLE,
    purchase: str = "1000",
    item: str = "",
    customer_id: CustomerId = U1,
    **fields: Any,  # noqa: ANN401 - any field of a Change
) -> Change:
    """A change of the term `about`, told a second after it happened."""
    key = purchase_key(APP, store, Environment.PRODUCTION, purchase)
    name = fact or (about.fact if about else f"{key}/-/tx1/{kind}")
    happened = at or (about.purchased_at if about else START)
    told = Change(
        event_id=event_id(APP, store, Environment.PRODUCTION, name),
        fact=name,
        kind=kind,
        app_id=APP,
        store=store,
        environment=Environment.PRODUCTION,
        purchase_key=key,
        subscription_id=f"{key}/{item}" if item else key,
        customer_id=customer_id,
        sequence=1,
        occurred_at=happened,
        received_at=happened + timedelta(seconds=1),
        receipt_id=ReceiptId("receipt"),
        notification_id=NotificationId("n-1"),
        notification_type="DID_RENEW",
        origin=Origin.NOTIFICATION,
        signal=Signal.STATE_CHANGED,
        **_term(about),
    )
    return replace(told, **fields)


def _term(about: Transaction | None) -> dict[str, Any]:
    """The fields of a Change that say what it is about."""
    if about is None:
        return {"period": "tx1", "product_id": "pro"}
    return {
        "period": about.period,
        "product_id": about.product_id,
        "transaction": about,
        "purchased_at": about.purchased_at,
        "expires_at": about.expires_at,
    }
