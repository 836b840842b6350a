"""What Stripe knows of one subscription, and the events it posts of it, decoded by the store's adapter.

An event of a subscription shows the whole of it as it is then. Money is told by invoices, refunds
and disputes, which name payments: names of the subscription come as records of their own.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from deploy.demo.payloads import stripe as objects
from deploy.demo.payloads.stripe import Item, Object, Price, Shape
from deploy.demo.payloads.stripe_invoices import Invoice, Line
from streams.contracts.codec import decode
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.project import App, AppStore
from streams.contracts.purchase import Notification, PurchaseAlias, verified
from streams.contracts.words import Environment, Origin
from streams.stores.stripe import ADAPTER
from streams.stores.stripe.events import Event, Message

STORE = StoreName("stripe")
APP = App(app_id=AppId("app"), name="App", stores=(AppStore(store=STORE),))
START = datetime(2026, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
RECEIVED_AT = START + 40 * MONTH
"""All of it arrives in one moment, so that nothing is too old for a purchase's parking."""
STEPS = (timedelta(0), timedelta(seconds=1), timedelta(hours=1), timedelta(days=2))
SUBSCRIPTION, CUSTOMER = "sub_1", "cus_1"
Told = Notification | PurchaseAlias
Value = TypeVar("Value")


def price(name: str, amount: int = 999) -> Price:
    return Price(id=f"price_{name}", product=f"prod_{name}", amount=amount, currency="EUR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A paid invoice and its payment."""

    invoice: str
    payment: str
    charge: str
    amount: int


class Moment(NamedTuple):
    """What Stripe's API shows from then on, besides what it showed before."""

    at: datetime
    event: Object


class Subscription:
    """One subscription as Stripe knows it now; `messages` is what it posted of it."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.messages: list[Told] = []
        self.moments: list[Moment] = []
        self.now = START
        self.shape = self.draw(*Shape)
        self.status = "active"
        self.cancels = False
        self.why: str | None = None
        self.ended_at: datetime | None = None
        self.canceled_at: datetime | None = None
        self.trial_end: datetime | None = None
        self.paused = False
        self.paid: list[Paid] = []
        self.items: list[Item] = []
        self.invoices = 0
        self._sent = 0

    def draw(self, *choices: Value) -> Value:
        return self._draw(st.sampled_from(choices))

    def maybe(self) -> bool:
        return self._draw(st.booleans())

    def tick(self) -> None:
        """Time passes, often none at all."""
        self.now += self.draw(*STEPS)

    @property
    def ends_at(self) -> datetime:
        return self.items[0].period_end

    def moves_on(self, begin: datetime) -> None:
        """Every item is in its next period."""
        self.items = [
            replace(item, period_start=begin, period_end=begin + MONTH) for item in self.items
        ]

    def send(self, type_: str, content: Object, previous: Object | None = None) -> None:
        self._sent += 1
        event = objects.event(
            type_,
            content,
            id_=f"evt_{self._sent}",
            created=self.now,
            shape=self.shape,
            previous=previous,
        )
        self.messages += decoded(event)
        self.moments.append(Moment(self.now, event))

    def keep(self, type_: str, content: Object) -> None:
        """What the API knows without an event."""
        event = {"id": f"kept_{len(self.moments)}", "type": type_, "data": {"object": content}}
        self.moments.append(Moment(self.now, event))

    def tell(self, what: str, previous: Object | None = None) -> None:
        """An event of the subscription."""
        ended = self.status == "canceled"
        content = objects.subscription(
            id_=SUBSCRIPTION,
            customer=CUSTOMER,
            status=self.status,
            items=self.items,
            started_at=START,
            trial_start=START if self.trial_end else None,
            trial_end=self.trial_end,
            cancel_at_period_end=self.cancels and not ended,
            ended_at=self.ended_at,
            canceled_at=self.canceled_at,
            cancel_reason=self.why,
            pause_collection={"behavior": "void", "resumes_at": None} if self.paused else None,
            shape=self.shape,
        )
        self.send(f"customer.subscription.{what}", content, previous)

    def bill(self, reason: str, lines: list[Line], **fields: Any) -> Invoice:  # noqa: ANN401 - any field of an Invoice
        """An invoice and its payment, not told yet."""
        self.invoices += 1
        number = self.invoices
        return Invoice(
            id=f"in_{number}",
            customer=CUSTOMER,
            currency="EUR",
            created=self.now,
            lines=lines,
            subscription=SUBSCRIPTION,
            billing_reason=reason,
            payment_intent=f"pi_{number}",
            charge=f"ch_{number}",
            **fields,
        )

    def lines(self, items: list[Item], *, free: bool = False) -> list[Line]:
        return [
            Line(
                id=f"il_{self.invoices + 1}_{place}",
                price=item.price,
                amount=0 if free else item.price.amount or 0,
                period_start=item.period_start,
                period_end=item.period_end,
                item=item.id,
                trial=free,
            )
            for place, item in enumerate(items)
        ]

    def shown(self, invoice: Invoice) -> Object:
        return invoice.object(self.shape)


def decoded(event: Object) -> list[Told]:
    """Through the store's own `decode`, as if verified just now."""
    message = Message(decode(objects.body(event), Event), Environment.PRODUCTION)
    payload = verified(
        app_id=APP.app_id,
        store=STORE,
        environments=(Environment.PRODUCTION,),
        receipt_id=ReceiptId(f"r-{message.event.id}"),
        received_at=RECEIVED_AT,
        origin=Origin.NOTIFICATION,
        content=message,
    )
    told = ADAPTER.decode(payload, APP)
    return [record for record in told if isinstance(record, Notification | PurchaseAlias)]
