"""Records for the tests of track: a subscription of customer u-1 in an app store, in plain words."""

from datetime import UTC, datetime, timedelta

from streams.contracts.ids import (
    AppId,
    CustomerId,
    NotificationId,
    PurchaseKey,
    ReceiptId,
    StoreName,
    purchase_key,
)
from streams.contracts.money import Money
from streams.contracts.project import App, AppStore, Project, Restore
from streams.contracts.purchase import Notification, PurchaseAlias, Tracking
from streams.contracts.snapshot import Refund, Snapshot, Standing, Transaction
from streams.contracts.words import Access, Environment, Origin, PeriodType, Signal, TransactionKind
from streams.track.advance import Advance, advance
from streams.track.state import Position, PurchaseState

APP = AppId("app")
STORE = StoreName("app_store")
KEY = purchase_key(APP, STORE, Environment.PRODUCTION, "1000")
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
MONTH = timedelta(days=30)


def project(track_new: str = "off", restore: Restore = Restore.TRANSFER) -> Project:
    store = AppStore(store=STORE, track_new=track_new)
    app = App(app_id=APP, name="App", stores=(store,))
    return Project(name="test", sha256="0" * 64, apps=(app,), restore=restore)


def day(n: float) -> datetime:
    return START + timedelta(days=n)


def term(
    n: int, *refs: str, product: str = "pro", price: int = 9_990_000, trial: bool = False
) -> Transaction:
    """The n-th monthly term, from 1."""
    return Transaction(
        transaction_id=f"tx{n}",
        original_transaction_id="tx1",
        fact=f"txn/tx{n}",
        kind=TransactionKind.INITIAL if n == 1 else TransactionKind.RENEWAL,
        product_id=product,
        period=f"tx{n}",
        purchased_at=START + (n - 1) * MONTH,
        expires_at=START + n * MONTH,
        period_type=PeriodType.TRIAL if trial else PeriodType.NORMAL,
        price=Money(micros=0 if trial else price, currency="USD"),
        refs=(f"tx{n}", *refs),
    )


def standing(
    n: int,
    access: Access | None = Access.ACTIVE,
    *,
    renews: bool | None = True,
    product: str = "pro",
    into: str | None = None,
    changed: bool = False,
    grace: datetime | None = None,
) -> Standing:
    return Standing(
        period=f"tx{n}",
        product_id=product,
        purchased_at=START + (n - 1) * MONTH,
        expires_at=START + n * MONTH,
        auto_renew=renews,
        next_product_id=into,
        product_changed=changed,
        access=access,
        grace_expires_at=grace,
    )


def said(
    message: str,
    at: datetime,
    signal: Signal,
    *facts: Transaction | Standing | Refund,
    key: PurchaseKey = KEY,
    origin: Origin = Origin.NOTIFICATION,
    identities: dict[str, str] | None = None,
) -> Notification:
    """A notification that tells `facts`, received a second after it happened."""
    return Notification(
        notification_id=NotificationId(message),
        app_id=APP,
        store=STORE,
        environment=Environment.PRODUCTION,
        purchase_key=key,
        type=signal.value.upper(),
        signal=signal,
        occurred_at=at,
        received_at=at + timedelta(seconds=1),
        receipt_id=ReceiptId(f"r-{message}"),
        origin=origin,
        snapshot=Snapshot(
            transactions=tuple(fact for fact in facts if isinstance(fact, Transaction)),
            standings=tuple(fact for fact in facts if isinstance(fact, Standing)),
            refunds=tuple(fact for fact in facts if isinstance(fact, Refund)),
            identities=identities or {},
        ),
    )


def posted(
    customer: str = "u-1",
    at: datetime = START,
    *,
    ships: bool = False,
    key: PurchaseKey = KEY,
    price: Money | None = None,
    tracking: str = "",
) -> Tracking:
    return Tracking(
        tracking_id=ReceiptId(tracking or f"post-{customer}-{at.isoformat()}"),
        app_id=APP,
        store=STORE,
        environment=Environment.PRODUCTION,
        purchase_key=key,
        customer_id=CustomerId(customer),
        received_at=at,
        origin=Origin.POST,
        posted=True,
        ships=ships,
        price=price,
    )


def alias(key: str, target: PurchaseKey, ref: str) -> PurchaseAlias:
    return PurchaseAlias(
        app_id=APP,
        store=STORE,
        environment=Environment.PRODUCTION,
        purchase_key=PurchaseKey(key),
        target=target,
        ref=ref,
        received_at=START,
    )


class Inbox:
    """One purchase's stream: feeds records to `advance` and keeps what came of each."""

    def __init__(self, project_: Project | None = None) -> None:
        self.project = project_ or project()
        self.state: PurchaseState | None = None
        self.results: list[Advance] = []

    def feed(self, *records: Notification | Tracking | PurchaseAlias, hops: int = 0) -> Advance:
        """The result of the last record."""
        for record in records:
            position = Position("v1", 0, len(self.results))
            result = advance(self.state, record, position, self.project, hops)
            self.results.append(result)
            self.state = result.state or self.state
        return self.results[-1]

    @property
    def facts(self) -> list[str]:
        return [change.fact.removeprefix(f"{KEY}/") for r in self.results for change in r.changes]
