"""Histories of the App Store: one subscription's life, sometimes with a consumable and messages beside it.

Whatever may happen happens: trials, toggles, billing problems and recoveries, pending and immediate
product changes, extensions, refunds of present and older terms, reversals, revocations, lapses and
resubscriptions. Messages are often signed at the same millisecond, and some facts are told twice.
"""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from deploy.demo.payloads import app_store as apple
from streams.contracts.codec import convert
from streams.contracts.purchase import Notification
from streams.contracts.words import Environment
from streams.stores.app_store import claims
from tests.streams.track.histories.app_store_messages import (
    APP,
    START,
    Purchase,
    decoded,
)

__all__ = ["APP", "Life", "histories", "lives"]
PRODUCTS = ("basic", "pro", "max")
HOUR = timedelta(hours=1)
LAPSED = timedelta(days=40)


@st.composite
def histories(draw: st.DrawFn, most: int = 24) -> list[Notification]:
    """Every message of a subscription of 1 to `most` periods, in the order in which Apple signed them."""
    life = draw(lives(most, kept=False))
    beside = draw(st.sampled_from((nothing, consumable, apart)))
    return [*life.messages, *beside(draw)]


@st.composite
def lives(draw: st.DrawFn, most: int = 6, *, kept: bool = True) -> "Life":
    """A life; `kept`: its moments can be asked for."""
    life = Life(draw, 2_000_000_001, family=draw(st.integers(0, 4)) == 0, kept=kept)
    life.begins()
    for _ in range(draw(st.integers(0, most - 1))):
        life.lasts()
        if not life.goes_on():
            break
    life.lasts()
    return life


def nothing(_: st.DrawFn) -> list[Notification]:
    return []


def consumable(draw: st.DrawFn) -> list[Notification]:
    """A one-time purchase, perhaps refunded, perhaps paid again."""
    life = Life(draw, 3_000_000_001)
    life.consumed()
    life.send("ONE_TIME_CHARGE")
    if life.maybe():
        life.asks_for_money()
        life.refund()
    if life.maybe():
        life.reversal()
    return life.messages


def apart(_: st.DrawFn) -> list[Notification]:
    """Messages about no purchase."""
    uuid = apple.notification_uuid("apart")
    content = apple.envelope("TEST", None, uuid=uuid, signed_at=START)
    message = claims.Message(
        outer=convert(content, claims.Outer),
        environment=Environment.PRODUCTION,
        transaction=None,
        renewal=None,
    )
    return [decoded(message)]


class Life(Purchase):
    """What happens to a purchase, and the message of it."""

    def begins(self) -> None:
        self.bought(self.draw(*PRODUCTS), trial=self.maybe())
        self.send(self.draw("SUBSCRIBED", "OFFER_REDEEMED"), "INITIAL_BUY")

    def lasts(self) -> None:
        """What happens inside a period: nothing mostly, several things at once sometimes."""
        happenings = (
            *(self.toggle, self.toggle, self.downgrade, self.withdrawal, self.upgrade),
            *(self.offer, self.price_increase, self.extension, self.asks_for_money),
            *(self.refund, self.reversal, self.revocation, self.remark),
        )
        for _ in range(self.draw(0, 1, 2, 4)):
            self.tick()
            self.draw(*happenings)()

    def goes_on(self) -> bool:
        """The end of the period; whether another one begins."""
        self.now = max(self.now, self.ends_at() - self.draw(HOUR, timedelta(0)))
        if self.status == apple.REVOKED:
            return self.comes_back()
        if not self.auto_renew:
            return self.lapse("VOLUNTARY", 1)
        return self.draw(self.renewal, self.renewal, self.failure, self.refusal)()

    def ends_at(self) -> datetime:
        return self.term.expires_at or self.now

    def renewal(self) -> bool:
        self.bought(self.next_product or self.term.product, at=self.ends_at())
        self.send("DID_RENEW")
        return True

    def failure(self) -> bool:
        """The charge fails, in grace or not, and works again or not."""
        ended_at = self.now = max(self.now, self.ends_at())
        if self.maybe():
            self.status, self.grace_until = apple.GRACE, self.now + timedelta(days=16)
            self.send("DID_FAIL_TO_RENEW", "GRACE_PERIOD")
            self.lasts_in_trouble()
            if self.maybe():
                return self.recovery(ended_at)
            self.status = apple.RETRY
            self.send("GRACE_PERIOD_EXPIRED")
        else:
            self.status = apple.RETRY
            self.send("DID_FAIL_TO_RENEW")
        self.lasts_in_trouble()
        return self.recovery(self.now) if self.maybe() else self.lapse("BILLING_RETRY", 2)

    def lasts_in_trouble(self) -> None:
        self.tick()
        if self.draw(True, False, False):
            self.draw(self.toggle, self.remark, self.downgrade)()
            self.tick()

    def recovery(self, at: datetime) -> bool:
        self.bought(self.next_product or self.term.product, at=at)
        self.send("DID_RENEW", "BILLING_RECOVERY")
        return True

    def refusal(self) -> bool:
        """A price increase that was not accepted, or a product that is no longer sold."""
        self.auto_renew = False
        return self.lapse(*self.draw(("PRICE_INCREASE", 3), ("PRODUCT_NOT_FOR_SALE", 4)))

    def lapse(self, subtype: str, intent: int) -> bool:
        self.now = max(self.now, self.ends_at())
        self.status, self.intent = apple.EXPIRED, intent
        self.auto_renew = False
        self.send("EXPIRED", self.draw(subtype, None))
        return self.comes_back()

    def comes_back(self) -> bool:
        """Nobody does, or after a while."""
        if self.draw(*(False,) * 9, True):
            return False
        self.now += self.draw(timedelta(0), LAPSED)
        self.bought(self.draw(*PRODUCTS))
        self.send(self.draw("SUBSCRIBED", "OFFER_REDEEMED"), "RESUBSCRIBE")
        return True

    def toggle(self) -> None:
        self.auto_renew = not self.auto_renew
        subtype = "AUTO_RENEW_ENABLED" if self.auto_renew else "AUTO_RENEW_DISABLED"
        self.send("DID_CHANGE_RENEWAL_STATUS", subtype)

    def downgrade(self) -> None:
        """At the period's end; Apple switches renewal on with it."""
        self.next_product, self.auto_renew = self.draw(*PRODUCTS), True
        self.send(self.draw("DID_CHANGE_RENEWAL_PREF", "OFFER_REDEEMED"), "DOWNGRADE")

    def withdrawal(self) -> None:
        self.next_product = None
        self.send("DID_CHANGE_RENEWAL_PREF")

    def upgrade(self) -> None:
        """At once, a new transaction, told by one message or by two."""
        if self.status != apple.ACTIVE:
            return
        self.now = max(self.now, self.term.purchased_at)  # what has not begun is not cut
        self.amend(-1, upgraded=True)
        self.bought(self.draw(*PRODUCTS))
        self.send("DID_CHANGE_RENEWAL_PREF", "UPGRADE")
        if self.maybe():
            self.send("OFFER_REDEEMED", "UPGRADE")

    def offer(self) -> None:
        self.send("OFFER_REDEEMED")

    def price_increase(self) -> None:
        self.send("PRICE_INCREASE", self.draw("PENDING", "ACCEPTED"))

    def extension(self) -> None:
        if self.status == apple.ACTIVE:
            self.amend(-1, expires_at=self.ends_at() + timedelta(days=10))
            self.send("RENEWAL_EXTENDED")

    def asks_for_money(self) -> None:
        about = self.draw(*range(len(self.terms)))
        self.send("CONSUMPTION_REQUEST", about=about)
        if self.maybe():
            self.send("REFUND_DECLINED", about=about)

    def refund(self) -> None:
        """Of the present term or an older one; a part of it where Advanced Commerce sells it."""
        about = self.draw(*range(len(self.terms)))
        term = self.terms[about]
        if term.refunds or (self.maybe() and term.revoked_at is None):
            part = {"refundAmount": 1990, "refundDate": apple.milliseconds(self.now)}
            self.amend(about, refunds=(*self.terms[about].refunds, part))
            self.send("REFUND", about=about)
            return
        self.amend(about, revoked_at=self.now)
        self._loses(about)
        self.send("REFUND", about=about)

    def reversal(self) -> None:
        revoked = [place for place, term in enumerate(self.terms) if term.revoked_at]
        if revoked:
            about = self.draw(*revoked)
            self.amend(about, revoked_at=None)
            if about == len(self.terms) - 1:
                self.status = apple.ACTIVE
            self.send("REFUND_REVERSED", about=about)

    def revocation(self) -> None:
        """Family sharing stopped, which only who has it by that is told."""
        if not self.family:
            return
        self.amend(-1, revoked_at=self.now)
        self._loses(len(self.terms) - 1)
        self.send("REVOKE")

    def _loses(self, about: int) -> None:
        if about == len(self.terms) - 1:
            self.status, self.auto_renew = apple.REVOKED, False

    def remark(self) -> None:
        """Of the present; the last one is a word that nobody knows."""
        self.send(self.draw("METADATA_UPDATE", "PRICE_CHANGE", "MIGRATION", "A_NEW_TYPE"))
