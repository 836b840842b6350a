"""Histories of Stripe: one subscription's life, of one item or several, with its invoices and payments.

Whatever may happen happens: trials and free prices, toggles, failed payments with and without
recovery, price changes inside a period, pauses, one-off charges, refunds of any payment told two or
three times, refunds that fail, disputes, cancellations now and later. Both shapes of the API.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from deploy.demo.payloads import stripe as objects
from deploy.demo.payloads.stripe import Item, Object
from deploy.demo.payloads.stripe_invoices import Line
from tests.streams.track.histories.stripe_messages import (
    APP,
    MONTH,
    START,
    SUBSCRIPTION,
    Told,
    decoded,
    price,
)
from tests.streams.track.histories.stripe_payments import Paying

__all__ = ["APP", "Life", "histories", "lives"]
PRICES = ("basic", "pro", "max")
HOUR = timedelta(hours=1)


@st.composite
def histories(draw: st.DrawFn, most: int = 24) -> list[Told]:
    """Every event of a subscription of 1 to `most` periods, in the order in which Stripe made them."""
    return draw(lives(most)).messages


@st.composite
def lives(draw: st.DrawFn, most: int = 6) -> "Life":
    """A life whose moments can be asked for."""
    life = Life(draw)
    life.begins()
    for _ in range(draw(st.integers(0, most - 1))):
        life.lasts()
        if not life.goes_on():
            break
    life.lasts()
    return life


class Life(Paying):
    """What happens to a subscription, and the events of it."""

    def begins(self) -> None:
        """In trial, for free, or paid at once: the first payment may take a while."""
        start = self.draw("trial", "free", "paid", "paid")
        amount = 0 if start == "free" else 999
        self.items = [
            Item(
                id=f"si_{place}",
                price=price(self.draw(*PRICES), amount),
                period_start=START,
                period_end=START + MONTH,
            )
            for place in range(self.draw(1, 1, 2, 3))
        ]
        if start == "trial":
            self.status, self.trial_end = "trialing", START + MONTH
        elif start == "paid" and self.maybe():
            self.status = "incomplete"
        self.tell("created")
        lines = self.lines(self.items, free=start == "trial")
        self.pays(self.bill("subscription_create", lines))
        if self.status == "incomplete":
            self.status = "active"
            self.tell("updated", {"status": "incomplete"})

    def lasts(self) -> None:
        """What happens inside a period: nothing mostly, several things at once sometimes."""
        happenings = (
            *(self.toggle, self.toggle, self.switch, self.pause, self.extra, self.asks),
            *(self.refund, self.refund, self.dispute, self.remark, self.link),
        )
        for _ in range(self.draw(0, 1, 2, 4)):
            self.tick()
            self.draw(*happenings)()

    def goes_on(self) -> bool:
        """The end of the period; whether another one begins."""
        if self.draw(*(False,) * 15, True):
            return self.ends(self.draw("cancellation_requested", "payment_disputed", None))
        self.now = max(self.now, self.ends_at)
        if self.cancels and self.draw(True, False):
            return self.ends("cancellation_requested")
        self.cancels, self.canceled_at = False, None
        self.moves_on(self.ends_at)
        if self.status == "trialing":
            self.status = "active"
        return self.draw(self.renewal, self.renewal, self.failure, self.stop)()

    def renewal(self) -> bool:
        """The period moves, then its invoice is paid; told in either order."""
        invoice = self.bill("subscription_cycle", self.lines(self.items))
        if self.maybe():
            self.pays(invoice)
            self.tell("updated")
        else:
            self.tell("updated")
            self.now += self.draw(timedelta(0), HOUR)
            self.pays(invoice)
        return True

    def failure(self) -> bool:
        """The payment fails, again perhaps, and works in the end or not."""
        invoice = self.bill("subscription_cycle", self.lines(self.items), status="open")
        for _ in range(self.draw(1, 2)):
            self.send("invoice.payment_failed", self.shown(invoice))
            self.status = "past_due"
            self.tell("updated")
            self.tick()
        if self.maybe():
            self.status = "unpaid"
            self.tell("updated")
            self.tick()
        if self.draw(*(False,) * 3, True):
            return self.ends("payment_failed")
        self.status = "active"
        self.pays(replace(invoice, status="paid"))
        self.tell("updated")
        return True

    def stop(self) -> bool:
        """The subscription is paused as a whole, and resumed with a payment."""
        self.status = "paused"
        self.tell("paused")
        self.now += self.draw(HOUR, MONTH)
        self.status = "active"
        self.moves_on(self.now)
        self.tell("resumed")
        self.pays(self.bill("subscription_cycle", self.lines(self.items)))
        return True

    def ends(self, why: str | None) -> bool:
        self.status, self.why, self.ended_at = "canceled", why, self.now
        self.canceled_at = self.canceled_at or self.now
        self.tell("deleted")
        return False

    def toggle(self) -> None:
        if self.status != "canceled":
            self.cancels = not self.cancels
            self.canceled_at = self.now if self.cancels else None
            self.why = "cancellation_requested" if self.cancels else None
            self.tell("updated", {"cancel_at_period_end": not self.cancels})

    def switch(self) -> None:
        """Another price at once; what is due for the rest of the period is paid now or later."""
        if self.status != "active":
            return
        place = self.draw(*range(len(self.items)))
        old = self.items[place]
        new = replace(old, price=price(self.draw(*PRICES), self.draw(499, 1999)))
        self.items[place] = new
        previous = {"items": {"data": [{"id": old.id, "price": old.price.object()}]}}
        self.tell(self.draw("updated", "pending_update_applied"), previous)
        if self.maybe():
            self.pays(self.bill("subscription_update", self.prorated(old, new)))

    def prorated(self, old: Item, new: Item) -> list[Line]:
        """The rest of the old price back, the remaining time at the new one."""
        sides = ((old, -(old.price.amount or 0) // 2), (new, (new.price.amount or 0) // 2))
        return [
            Line(
                id=f"il_{self.invoices + 1}_{place}",
                price=item.price,
                amount=amount,
                period_start=self.now,
                period_end=item.period_end,
                item=item.id,
                proration=True,
            )
            for place, (item, amount) in enumerate(sides)
        ]

    def pause(self) -> None:
        """Of collection: the status stays active."""
        self.paused = not self.paused
        self.tell("updated")

    def extra(self) -> None:
        """A one-off charge on an invoice of the subscription."""
        line = Line(
            id=f"il_{self.invoices + 1}_0",
            price=price("coins", 499),
            amount=499,
            period_start=self.now,
            period_end=self.now,
            item=None,
        )
        self.pays(self.bill("manual", [line]))

    def asks(self) -> None:
        """An invoice that the customer has to pay by himself, and does not."""
        invoice = self.bill(
            "manual", self.lines(self.items), status="open", collection_method="send_invoice"
        )
        self.send("invoice.finalized", self.shown(invoice))

    def link(self) -> None:
        """A Checkout Session or a schedule: names the subscription, moves nothing."""
        name = {"id": f"link_{len(self.messages)}"}
        content: Object = {
            **name,
            "subscription": SUBSCRIPTION,
            "customer": "cus_1",
            "metadata": {},
        }
        self.send(self.draw("checkout.session.completed", "subscription_schedule.updated"), content)

    def remark(self) -> None:
        """Of no purchase: a thin event, or a word that nobody knows."""
        if self.maybe():
            self.tell_unknown()
            return
        thin = objects.thin_event(
            "v2.core.event_destination.ping", id_=f"thin_{len(self.messages)}", created=self.now
        )
        self.messages += decoded(thin)

    def tell_unknown(self) -> None:
        self.send("a.new.type", {"id": SUBSCRIPTION})
