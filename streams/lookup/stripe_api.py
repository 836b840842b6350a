"""Stripe's API, call by call: what leads to a subscription, and everything that belongs to one."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar
from urllib.parse import quote

from msgspec import Struct

from streams.contracts.codec import write_json
from streams.contracts.errors import RejectedError, TransientError
from streams.lookup.api import UNKNOWN, Get, Query, read, read_object
from streams.stores.stripe.bills import InvoiceParent
from streams.stores.stripe.checkout import Session
from streams.stores.stripe.observe import SESSION, Answer

_SESSION = "cs_"
_EXPANDED = [("expand[]", "payment_intent.latest_charge.balance_transaction")]
_PLANNED = [("expand[]", "schedule.phases.items.price")]
_MOST_PAGES = 20  # of 100 objects
Object = dict[str, Any]
Kind = TypeVar("Kind")


class _Page(Struct, frozen=True, kw_only=True):
    data: list[Object]
    has_more: bool = False


class _Means(Struct, frozen=True, kw_only=True):
    payment_intent: str | None = None
    charge: str | None = None


class _Payment(Struct, frozen=True, kw_only=True):
    """What of an invoice's payment leads on."""

    invoice: str
    payment: _Means = _Means()


class _Names(Struct, frozen=True, kw_only=True):
    """By which an invoice names its subscription, in both shapes."""

    subscription: str | None = None
    parent: InvoiceParent | None = None


class _Moved(Struct, frozen=True, kw_only=True):
    amount: int


class _Dispute(Struct, frozen=True, kw_only=True):
    """Only its balance transactions say whether money was taken, and came again: an inquiry takes none."""

    balance_transactions: tuple[_Moved, ...] = ()


class StripeApi:
    """Of one environment. Raise RejectedError for what is not known there, TransientError for what may yet do."""

    def __init__(self, api: Get) -> None:
        self._api = api

    async def payment(self, name: str) -> Answer | None:
        """The Checkout Session of that id, where it sold products once."""
        if not name.startswith(_SESSION):
            return None
        session = await self._one("checkout/sessions", name, _EXPANDED)
        if not _read(session, Session).is_payment:
            return None
        path = f"checkout/sessions/{quote(name, safe='')}/line_items"
        lines = [one async for one in self._list("checkout/sessions", [], path)]
        return Answer(SESSION, name, write_json({**session, "line_items": {"data": lines}}))

    async def subscription_of(self, name: str) -> str:
        """The purchase that an id leads to; raise RejectedError for one that leads to none."""
        match name.split("_", 1)[0]:
            case "sub":
                return name
            case "si":
                found = (await self._one("subscription_items", name)).get("subscription")
            case "cs":
                found = (await self._one("checkout/sessions", name)).get("subscription")
            case "in":
                found = _subscription_of(await self._one("invoices", name))
            case "ch":
                charge = _read(await self._one("charges", name), _Means)
                found = await self._paid_by(charge.payment_intent or name)
            case "pi":
                found = await self._paid_by(name)
            case _:
                found = None
        if not isinstance(found, str):
            raise RejectedError(
                f"{name.split('_', 1)[0]}_... leads to no subscription", reason=UNKNOWN
            )
        return found

    async def all_of(self, name: str) -> AsyncIterator[Answer]:
        """How it stands, what was issued and paid for it, and what of that went back."""
        subscription = await self._one("subscriptions", name, _PLANNED)
        yield _answer("customer.subscription.updated", subscription)
        async for invoice in self._list("invoices", [("subscription", name), ("status", "open")]):
            yield _issued(invoice)
        async for invoice in self._list("invoices", [("subscription", name), ("status", "paid")]):
            yield _issued(invoice)
            yield _answer("invoice.paid", invoice)
            async for payment in self._list("invoice_payments", [("invoice", invoice["id"])]):
                yield _answer("invoice_payment.paid", payment)
                async for one in self._back(payment):
                    yield one

    async def _paid_by(self, payment: str) -> str | None:
        query = [("payment[type]", "payment_intent"), ("payment[payment_intent]", payment)]
        async for found in self._list("invoice_payments", query):
            return _subscription_of(await self._one("invoices", _read(found, _Payment).invoice))
        return None

    async def _back(self, payment: Object) -> AsyncIterator[Answer]:
        """Refunds and disputes of a payment."""
        means = _read(payment, _Payment).payment
        field = "payment_intent" if means.payment_intent else "charge"
        query = [(field, means.payment_intent or means.charge or "")]
        async for refund in self._list("refunds", query):
            failed = refund.get("status") in (
                "failed",
                "canceled",
            )  # a tuple: it may be of any type
            yield _answer("refund.failed" if failed else "refund.created", refund)
        async for dispute in self._list("disputes", query):
            moved = [one.amount for one in _read(dispute, _Dispute).balance_transactions]
            if any(amount < 0 for amount in moved):
                yield _answer("charge.dispute.funds_withdrawn", dispute)
            if any(amount > 0 for amount in moved):
                name = f"{dispute['id']}/reinstated"
                yield Answer("charge.dispute.funds_reinstated", name, write_json(dispute))

    async def _one(self, kind: str, name: str, query: Query = ()) -> Object:
        body = await self._api.get(kind, f"/v1/{kind}/{quote(name, safe='')}", query)
        return _named(read_object(body))

    async def _list(self, kind: str, query: Query, path: str = "") -> AsyncIterator[Object]:
        """`path`: where the list is not that of its kind."""
        after: list[tuple[str, str]] = []
        for _ in range(_MOST_PAGES):
            asked = [*query, ("limit", "100"), *after]
            body = await self._api.get(kind, f"/v1/{path or kind}", asked)
            page = read(body, _Page)
            for one in page.data:
                yield _named(one)
            if not page.has_more or not page.data:
                return
            after = [("starting_after", page.data[-1]["id"])]


def _answer(type_: str, found: Object) -> Answer:
    return Answer(type_, found["id"], write_json(found))


def _issued(invoice: Object) -> Answer:
    """That it was issued, which says something only where the customer is to pay it himself."""
    return Answer("invoice.finalized", f"{invoice['id']}/issued", write_json(invoice))


def _named(found: Object) -> Object:
    """Raise TransientError for what has no id: it is no object of Stripe's."""
    if not isinstance(found.get("id"), str):
        raise TransientError("an answer that can't be read: an object without an id")
    return found


def _read(found: Object, kind: type[Kind]) -> Kind:
    """Raise TransientError, as `read` does."""
    return read(write_json(found), kind)


def _subscription_of(invoice: Object) -> str | None:
    names = _read(invoice, _Names)
    details = names.parent.subscription_details if names.parent else None
    return (details.subscription if details else None) or names.subscription
