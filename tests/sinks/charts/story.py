"""A subscription's life as events, told beat by beat; times as texts, money in USD as texts.

It says of each event what normalize would: ids are facts, an event about a period names it.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from streams.contracts.codec import encode
from streams.contracts.event import Event, EventType
from streams.contracts.ids import AppId, CustomerId, PurchaseKey, StoreName, event_id
from streams.contracts.step import Record
from streams.contracts.topics import EVENTS
from streams.contracts.words import Environment, Origin, PeriodType, Reason, Signal

Field = Any  # of an Event: what told it, told otherwise
_offsets = count()


def moment(text: str) -> datetime:
    """ "2026-01-31" or "2026-01-31 12:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def micros(usd: str) -> int:
    return int(Decimal(usd) * 1_000_000)


def record(event: Event) -> Record:
    """As topic `events` would hold it, at a place of its own."""
    return Record(
        topic=EVENTS,
        partition=0,
        offset=next(_offsets),
        key=event.customer_id.encode(),
        value=encode(event),
        timestamp_ms=round(event.received_at.timestamp() * 1000),
    )


class Story:
    """`events`: what has been told so far. `period` names: "p1" and on, by their payment."""

    def __init__(
        self,
        name: str = "1",
        *,
        app: str = "tide",
        store: str = "app_store",
        environment: Environment = Environment.PRODUCTION,
        product: str = "pro",
        duration: str | None = "P1M",
        country: str | None = "US",
        customer: str = "ann",
        first_seen: str | datetime = "2026-01-01",
    ) -> None:
        self.app, self.store, self.environment = AppId(app), StoreName(store), environment
        self.key = PurchaseKey(f"{app}/{store}/{environment}/{name}")
        self.product, self.duration, self.country = product, duration, country
        self.customer, self.first_seen = CustomerId(customer), _at(first_seen)
        self.events: list[Event] = []
        self.paid = 0

    @property
    def period(self) -> str:
        return f"p{self.paid}"

    def pays(
        self, start: str | datetime, end: str | datetime, usd: str | None, **more: Field
    ) -> Event:
        """A period begins, paid in USD; None: no rate was known for its price."""
        self.paid += 1
        start, end = _at(start), _at(end)
        price = None if usd is None else micros(usd)
        kind = EventType.INITIAL_PURCHASE if self.paid == 1 else EventType.RENEWAL
        told = {
            "fact": f"txn/{self.key}/{self.paid}",
            "occurred_at": start,
            "purchased_at": start,
            "expires_at": end,
            "period_type": PeriodType.NORMAL,
            "price_micros": 5_000_000 if price is None else price,
            "price_usd_micros": price,
            **more,
        }
        return self._tell(kind, **told)

    def tries(self, start: str | datetime, end: str | datetime) -> Event:
        return self.pays(start, end, "0", period_type=PeriodType.TRIAL)

    def ends(self, at: str | datetime, **more: Field) -> Event:
        """EXPIRATION of the last period, or of the one named."""
        period = more.pop("period", self.period)
        told = {
            "fact": f"{self.key}/-/{period}/end/1",
            "occurred_at": _at(at),
            "expires_at": _at(at),
            "expiration_reason": Reason.UNSUBSCRIBE,
            **more,
        }
        return self._tell(EventType.EXPIRATION, period=period, **told)

    def fails(self, at: str | datetime, grace: str | datetime | None, **more: Field) -> Event:
        """BILLING_ISSUE of the last period, or of the one named."""
        period = more.pop("period", self.period)
        told = {
            "fact": f"{self.key}/-/{period}/issue",
            "occurred_at": _at(at),
            "grace_expires_at": None if grace is None else _at(grace),
            **more,
        }
        return self._tell(EventType.BILLING_ISSUE, period=period, **told)

    def cancels(self, at: str | datetime, reason: Reason = Reason.UNSUBSCRIBE) -> Event:
        return self._tell(
            EventType.CANCELLATION,
            fact=f"{self.key}/-/{self.period}/off/{len(self.events)}",
            occurred_at=_at(at),
            cancel_reason=reason,
        )

    def renews_after_all(self, at: str | datetime) -> Event:
        return self._tell(
            EventType.UNCANCELLATION,
            fact=f"{self.key}/-/{self.period}/on/{len(self.events)}",
            occurred_at=_at(at),
        )

    def buys(self, at: str | datetime, usd: str | None, **more: Field) -> Event:
        """A one-time purchase."""
        self.paid += 1
        price = None if usd is None else micros(usd)
        told = {
            "fact": f"txn/{self.key}/{self.paid}",
            "occurred_at": _at(at),
            "purchased_at": _at(at),
            "product_duration": None,
            "period_type": PeriodType.NORMAL,
            "price_micros": 5_000_000 if price is None else price,
            "price_usd_micros": price,
            **more,
        }
        return self._tell(EventType.NON_RENEWING_PURCHASE, **told)

    def goes_to(self, customer: str, at: str | datetime) -> Event:
        """TRANSFER; what is told afterwards is told of the new owner."""
        left, self.customer = self.customer, CustomerId(customer)
        return self._tell(
            EventType.TRANSFER,
            fact=f"transfer/{self.key}/{len(self.events)}",
            occurred_at=_at(at),
            transferred_from=(left,),
            transferred_to=(self.customer,),
        )

    def changes(self, at: str | datetime, product: str) -> Event:
        return self._tell(
            EventType.PRODUCT_CHANGE,
            fact=f"{self.key}/-/{self.period}/product/1",
            occurred_at=_at(at),
            new_product_id=product,
        )

    def extends(self, at: str | datetime, until: str | datetime) -> Event:
        return self._tell(
            EventType.SUBSCRIPTION_EXTENDED,
            fact=f"{self.key}/-/{self.period}/extended/1",
            occurred_at=_at(at),
            expires_at=_at(until),
        )

    def refunds(
        self,
        at: str | datetime,
        usd: str | None,
        *,
        refund: str = "r1",
        of: int | None = None,
        **more: Field,
    ) -> Event:
        """CANCELLATION with a negative price; None: nobody knows the amount."""
        told = {
            "fact": f"refund/{self.key}/{refund}",
            "occurred_at": _at(at),
            "cancel_reason": Reason.CUSTOMER_SUPPORT,
            "refund_id": refund,
            "transaction_id": f"t{of or self.paid}",
            "price_micros": None if usd is None else -micros(usd),
            "price_usd_micros": None if usd is None else -micros(usd),
            **more,
        }
        return self._tell(EventType.CANCELLATION, **told)

    def refund_is_undone(
        self, at: str | datetime, *, refund: str = "r1", of: int | None = None, **more: Field
    ) -> Event:
        return self._tell(
            EventType.REFUND_REVERSED,
            fact=f"refund/{self.key}/{refund}/reversed",
            occurred_at=_at(at),
            refund_id=refund,
            transaction_id=f"t{of or self.paid}",
            **more,
        )

    def _tell(self, kind: EventType, **told: Field) -> Event:
        number = len(self.events) + 1
        told.setdefault("received_at", told["occurred_at"])
        told.setdefault("subscription_id", self.key)
        told = {**self._defaults(number), **told}
        event = Event(
            type=kind,
            id=event_id(self.app, self.store, self.environment, told["fact"]),
            generated_at=told["received_at"],
            **told,
        )
        self.events.append(event)
        return event

    def _defaults(self, number: int) -> dict[str, Field]:
        return {
            "app_id": self.app,
            "store": self.store,
            "store_name": self.store.upper(),
            "environment": self.environment,
            "purchase_key": self.key,
            "customer_id": self.customer,
            "original_customer_id": self.customer,
            "aliases": (),
            "customer_first_seen_at": self.first_seen,
            "sequence": number,
            "origin": Origin.NOTIFICATION,
            "signal": Signal.RENEWED,
            "notification_id": f"{self.key}/n{number}",
            "notification_type": "",
            "receipt_id": "",
            "project_sha256": "",
            "period": self.period,
            "product_id": self.product,
            "product_duration": self.duration,
            "country_code": self.country,
            "currency": "USD",
            "price_micros": 0,
            "price_usd_micros": 0,
            "transaction_id": f"t{self.paid}",
        }


def told_again(event: Event, **otherwise: Field) -> Event:
    """The same fact in other words: its id stays."""
    return replace(event, **otherwise)


def _at(value: str | datetime) -> datetime:
    return moment(value) if isinstance(value, str) else value
