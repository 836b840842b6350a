"""Histories of Google Play: one purchase's life over several tokens, each message with the answer it gets.

Whatever may happen happens: trials, prepaid plans, add-ons that are taken out or left behind, toggles,
failed charges with and without grace, recoveries, pauses, deferrals, consent to prices, changes of product
now and later, signing up again, refunds of the present and of older orders in parts and wholly. Sometimes
a product is bought beside.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from hypothesis import strategies as st

from deploy.demo.payloads import play_store_answers as answers
from deploy.demo.payloads.play_store_answers import Answer
from streams.contracts.codec import decode, encode
from streams.stores.play_store.answers import Order, ProductAnswer
from streams.stores.play_store.observe import product
from tests.streams.stores.play_store.telling import (
    EURO,
    START,
    hear,
    pointer,
)
from tests.streams.stores.signing import APP
from tests.streams.track.histories.play_store_tokens import DAY, HOUR, Moment, Tokens, Told

__all__ = ["APP", "Life", "Moment", "histories", "lives"]
PRODUCTS = ("basic", "pro", "max")
PLAN = {"autoRenewEnabled": True}


@st.composite
def lives(draw: st.DrawFn, most: int = 6) -> "Life":
    """A life whose moments can be asked for: one after the other, as a store answers."""
    life = Life(draw, hasty=False)
    life.begins()
    for _ in range(draw(st.integers(0, most - 1))):
        life.lasts()
        if not life.goes_on():
            break
    return life


@st.composite
def histories(draw: st.DrawFn, most: int = 24) -> list[Told]:
    """Every answer of a subscription of 1 to `most` periods, in the order in which they were asked for."""
    life = Life(draw)
    life.begins()
    for _ in range(draw(st.integers(0, most - 1))):
        life.lasts()
        if not life.goes_on():
            break
    life.lasts()
    return [*life.told, *(beside(draw) if draw(st.integers(0, 4)) == 0 else [])]


def beside(draw: st.DrawFn) -> list[Told]:
    """A one-time product: pending first perhaps, refunded perhaps."""
    at = START + 3 * DAY
    sold = answers.order("GPA.7", "token-9", "coins", answers.money(990_000, EURO), at)
    told: list[Told] = []
    if draw(st.booleans()):
        told += _bought(2, at, answers.product("coins", None, at, state="PENDING"), sold)
    told += _bought(1, at + HOUR, answers.product("coins", "GPA.7", at, quantity=2), sold)
    if draw(st.booleans()):
        refunded = answers.refunded(sold, at + DAY)
        told += _bought(1, at + DAY, answers.product("coins", "GPA.7", at, quantity=2), refunded)
    return told


def _bought(number: int, at: datetime, answer: Answer, sold: Answer) -> list[Told]:
    asked = pointer(number, "token-9", at, kind="one_time")
    read = decode(encode(answer), ProductAnswer)
    return list(product(asked, read, (decode(encode(sold), Order),), (), at + HOUR))


class Life(Tokens):
    """What happens to a purchase, and what Google tells of it."""

    def begins(self) -> None:
        self.token.product = self.draw(st.sampled_from(PRODUCTS))
        self.prepaid = self.draw(st.integers(0, 7)) == 0
        if self.maybe():
            waiting = replace(self.token, state="PENDING", has_order=False)
            self.told += hear(4, waiting, self.now, name="/pending")
            self.tick()
        if self.prepaid:
            self.token.renews = None
        elif self.draw(st.integers(0, 2)) == 0:
            self.token.add_on = {}
        if self.maybe() and not self.prepaid:
            self.token.item = {"phase": "freeTrial"}
            self.charge(micros=0, phase="freeTrialDetails")
        else:
            self.charge()
        self.say(4)
        self.token.item = {}

    def lasts(self) -> None:
        happenings: tuple[Callable[[], None], ...] = (
            *(self.toggle, self.toggle, self.extend, self.schedule_pause, self.ask_consent),
            *(self.refund_some, self.refund_older, self.remark, self.change, self.plan),
            self.drop_add_on,
        )
        for _ in range(self.draw(st.sampled_from((0, 1, 2, 4)))):
            self.tick()
            self.draw(st.sampled_from(happenings))()

    def goes_on(self) -> bool:
        """The end of the period; whether another one begins."""
        assert self.token.expires_at is not None
        self.now = max(self.now, self.token.expires_at)
        if self.prepaid:
            return self.top_up() if self.draw(st.integers(0, 3)) else self.lapse("user")
        if self.token.state == "CANCELED":
            return self.sign_up_again() if self.draw(st.integers(0, 3)) else self.lapse("user")
        ways = (*(self.renew,) * 6, self.fail, self.fail, self.pause, self.pause, self.revoke)
        return self.draw(st.sampled_from(ways))()

    def renew(self, number: int = 2) -> bool:
        self.token.renewals += 1 if self.token.has_order else 0
        if not self.token.has_order:
            self.token.has_order, self.token.product = True, self.planned()
            old = {"productId": "old", "replacementMode": "DEFERRED"}
            self.token.item = {"itemReplacement": old}
        self.token.state, self.token.renews = "ACTIVE", True
        if self.token.add_on:
            self.token.add_on = None
        self.charge()
        self.say(number)
        return True

    def planned(self) -> str:
        name: str = self.token.item["deferredItemReplacement"]["productId"]
        return name

    def fail(self) -> bool:
        """With grace or without; paid in it, after it, or never."""
        until = self.now + 7 * DAY
        if self.maybe():
            self.token.state, self.token.expires_at = "IN_GRACE_PERIOD", until
            self.say(6)
            if self.maybe():
                return self.renew()
            self.now = max(self.now, until)
        self.token.state = "ON_HOLD"
        self.say(5)
        if self.maybe():
            return self.renew(1)
        self.now += 30 * DAY
        return self.lapse("system")

    def pause(self) -> bool:
        resumes = answers.moment(self.now + 20 * DAY)
        self.token.state = "PAUSED"
        self.token.more = {**self.token.more, "pausedStateContext": {"autoResumeTime": resumes}}
        self.say(10)
        self.now += 20 * DAY
        del self.token.more["pausedStateContext"]
        return self.renew(1)

    def revoke(self) -> bool:
        """With a refund or without."""
        if self.maybe() and self.token.orders:
            self.token.orders[-1] = answers.refunded(self.token.orders[-1], self.now)
            self.say_of(0, "voided")
        self.end("developer")
        self.say(12)
        self.say(13)
        return False

    def lapse(self, who: str) -> bool:
        self.end(who)
        if self.maybe() and not self.prepaid:
            self.say(3)
        self.say(13)
        return False

    def end(self, who: str) -> None:
        self.token.state, self.token.expires_at = "EXPIRED", self.now
        self.token.renews = None if self.prepaid else False
        self.token.more = {**self.token.more, **answers.canceled_by(who, self.now)}

    def toggle(self) -> None:
        if self.prepaid or self.token.state not in {"ACTIVE", "CANCELED"}:
            return
        off = self.token.state == "ACTIVE"
        self.token.state, self.token.renews = ("CANCELED", False) if off else ("ACTIVE", True)
        if off:
            self.token.more = {**self.token.more, **answers.canceled_by("user", self.now)}
        else:
            del self.token.more["canceledStateContext"]
        self.say(3 if off else 7)

    def extend(self) -> None:
        assert self.token.expires_at is not None
        self.token.expires_at += 3 * DAY
        self.say(9)

    def schedule_pause(self) -> None:
        self.say(11)

    def ask_consent(self) -> None:
        """Asked and given within a period; 8 and 19 tell the same."""
        if self.token.renews is not True or self.token.state != "ACTIVE":
            return
        for state in ("OUTSTANDING", "CONFIRMED"):
            change = {"priceChangeMode": "PRICE_INCREASE", "priceChangeState": state}
            plan = {"autoRenewingPlan": {**PLAN, "priceChangeDetails": change}}
            kept, self.token.item = self.token.item, {**self.token.item, **plan}
            self.say(self.draw(st.sampled_from((8, 19, 22))))
            self.token.item = kept

    def refund_some(self) -> None:
        if self.token.orders and self.token.orders[-1]["state"] != "REFUNDED":
            part = answers.money(self.draw(st.integers(1, 9)) * 10_000, EURO)
            last = self.token.orders[-1]
            self.token.orders[-1] = answers.partly_refunded(last, part, self.now)
            self.say_of(0, "voided")

    def refund_older(self) -> None:
        if len(self.token.orders) > 1:
            place = self.draw(st.integers(0, len(self.token.orders) - 2))
            if self.token.orders[place]["state"] != "REFUNDED":
                self.token.orders[place] = answers.refunded(self.token.orders[place], self.now)
                self.say_of(0, "voided")

    def remark(self) -> None:
        """A state that nobody knows, or add-ons that came and went before anybody asked."""
        if self.maybe():
            kept, self.token.state = self.token.state, "HALF_OPEN"
            self.say(19)
            self.token.state = kept
        else:
            self.say(self.draw(st.sampled_from((17, 18, 20))))

    def drop_add_on(self) -> None:
        """It is to be taken out at the next renewal."""
        if self.token.add_on is not None and self.token.state == "ACTIVE":
            self.token.add_on = {"deferredItemRemoval": {}}
            self.say(17)

    def change(self) -> None:
        """Another product at once."""
        if self.prepaid or self.token.state != "ACTIVE" or not self.token.has_order:
            return
        old = self.token.product
        self.next_token({})
        self.token.product = self.draw(st.sampled_from([p for p in PRODUCTS if p != old]))
        mode = self.draw(st.sampled_from(("CHARGE_FULL_PRICE", "WITH_TIME_PRORATION")))
        self.token.item = {"itemReplacement": {"productId": old, "replacementMode": mode}}
        self.charge(micros=9_990_000)
        self._both()

    def plan(self) -> None:
        """Another product from the next period on."""
        if self.prepaid or self.token.state != "ACTIVE" or not self.token.has_order:
            return
        until, old = self.token.expires_at, self.token.product
        self.next_token({})
        planned = self.draw(st.sampled_from([p for p in PRODUCTS if p != old]))
        self.token.item = {"deferredItemReplacement": {"productId": planned}}
        self.token.has_order, self.token.expires_at = False, until
        self._both()

    def sign_up_again(self) -> bool:
        self.next_token({})
        self.charge()
        self._both()
        return True

    def top_up(self) -> bool:
        self.next_token({})
        self.charge()
        self._both()
        return True
