"""Google's tokens in a history: what the API tells of the present one and of the one that it replaced."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from deploy.demo.payloads import play_store_answers as answers
from deploy.demo.payloads.play_store_answers import Answer
from streams.contracts.purchase import Observation, PurchaseAlias
from streams.stores.play_store.answers import Seen
from tests.streams.stores.play_store.telling import (
    ADD_ON,
    EURO,
    MONTH,
    START,
    Token,
    hear,
    order_id,
)

Told = Observation | PurchaseAlias
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Moment(NamedTuple):
    """What Google's API answers from then on."""

    at: datetime
    seen: Seen
    before: Seen | None


@dataclass(slots=True)
class Tokens:
    """`before`: the token that the present one replaced, as Google tells it now."""

    draw: st.DrawFn
    now: datetime = START
    token: Token = field(default_factory=Token)
    before: Token | None = None
    told: list[Told] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    tokens: int = 1
    prepaid: bool = False
    hasty: bool = True  # two things may happen within one second

    def maybe(self) -> bool:
        return self.draw(st.booleans())

    def tick(self) -> None:
        """On with time; not always, for one who is hasty."""
        at_once = (timedelta(0),) if self.hasty else ()
        self.now += self.draw(st.sampled_from((*at_once, timedelta(seconds=1), HOUR)))

    def keep(self) -> None:
        before = self.before.seen() if self.before else None
        self.moments.append(Moment(self.now, self.token.seen(), before))

    def say(self, number: int, kind: str = "subscription") -> None:
        self.keep()
        roots = [f"token-{n}" for n in range(self.tokens - 2, 0, -1)]
        times = 2 if self.draw(st.integers(0, 5)) == 0 else 1
        for _ in range(times):
            name = f"/{len(self.told)}"
            self.told += hear(
                number, self.token, self.now, before=self.before, roots=roots, kind=kind, name=name
            )
        self.tick()

    def charge(self, *, micros: int = 4_990_000, phase: str = "baseDetails") -> None:
        """The order of the period that begins now."""
        ends_at = self.now + MONTH
        sold = answers.order(
            order_id(self.token.renewals, self.token.base),
            self.token.token,
            self.token.product,
            answers.money(micros, EURO),
            self.now,
            period=(self.now, ends_at),
            phase=phase,
        )
        if self.token.add_on is not None:
            base = sold["lineItems"][0]
            extra = {"productId": ADD_ON, "total": answers.money(990_000, EURO)}
            extra["subscriptionDetails"] = base["subscriptionDetails"]
            sold["lineItems"] = [base, extra]
        self.token.orders = [*self.token.orders, sold]
        self.token.expires_at = ends_at

    def say_of(self, number: int, kind: str) -> None:
        self.say(number, kind)

    def next_token(self, more: Answer, base: str | None = None) -> None:
        """The present token is replaced by another one."""
        old = replace(self.token, state="EXPIRED", renews=False, item={}, expires_at=self.now)
        old.renews = None if self.prepaid else False
        old.more = answers.replaced()
        self.tokens += 1
        self.before = old
        self.token = Token(
            token=f"token-{self.tokens}",
            base=base or f"GPA.{self.tokens}",
            product=self.token.product,
            started_at=self.now,
            renews=None if self.prepaid else True,
            more={"linkedPurchaseToken": old.token, **more},
        )

    def replaced_says(self) -> None:
        """The older token's end, before or after the newer one's beginning."""
        assert self.before is not None
        roots = [f"token-{n}" for n in range(self.tokens - 2, 0, -1)]
        self.told += hear(13, self.before, self.now, roots=roots, name=f"/{len(self.told)}")

    def _both(self) -> None:
        if self.maybe():
            self.replaced_says()
            self.say(4)
        else:
            self.say(4)
            self.replaced_says()
