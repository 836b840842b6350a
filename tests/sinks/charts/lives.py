"""Made-up lives of many subscriptions, deterministic by seed: what can happen to one, and more oddly."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from streams.contracts.event import Event, EventType
from streams.contracts.ids import CustomerId
from streams.contracts.words import Environment, PeriodType, Reason
from tests.sinks.charts.story import Story, micros

# duration in the product map, days of a period, price
PRODUCTS = (
    ("P1W", 7, "2.99"),
    ("P1M", 30, "9.99"),
    ("P1M", 31, "4.99"),
    ("P3M", 91, "24.99"),
    ("P1Y", 365, "59.99"),
    (None, 10, "3.49"),
    (None, 31, "7.77"),
    ("P5D", 5, "1.11"),
)
REASONS = (Reason.UNSUBSCRIBE, Reason.UNSUBSCRIBE, Reason.PRICE_INCREASE, Reason.BILLING_ERROR)
STORES = ("app_store", "play_store", "stripe")
DAY = timedelta(days=1)
CUSTOMERS = 3  # subscriptions for each customer, on average


class Life:
    """One subscription from its start to its end, or to a while after now."""

    def __init__(self, seed: str, now: datetime, customers: int) -> None:
        self.random = Random(seed)
        self._customers = customers
        self._until = now + 20 * DAY
        self._duration: str | None
        self._duration, self._days, self._usd = self.random.choice(PRODUCTS)
        self._story = Story(
            seed,
            app=self.random.choice(("tide", "tide", "reef")),
            store=self.random.choice(STORES),
            environment=_rarely(self.random, Environment.SANDBOX, Environment.PRODUCTION),
            product=f"product.{self._days}",
            duration=self._duration,
            country=self.random.choice(("US", "DE", "JP", None)),
            customer=self._somebody(),
            first_seen=now - self.random.uniform(0, 330) * DAY,
        )
        self._at = now - self.random.uniform(1, 300) * DAY
        self._told_at: datetime | None = None  # of the next payment, when it comes late

    def events(self) -> list[Event]:
        if self.random.random() < 0.3 and not self._try():
            return self._story.events
        going = True
        while going and self._at < self._until:
            self._pay()
            self._happen()
            going = self._go_on()
        return self._story.events

    def _somebody(self) -> str:
        return f"c{self.random.randrange(self._customers)}"

    def _try(self) -> bool:
        """Whether it goes on after the trial."""
        end = self._at + 7 * DAY
        self._story.tries(self._at, end)
        draw = self.random.random()
        if draw < 0.3:
            self._story.cancels(self._at + self._some(0.1, 6))
        elif draw < 0.35:
            self._story.renews_after_all(self._at + self._some(6, 6.5))
        self._at = end
        if draw < 0.2:
            self._story.ends(end)
        return draw >= 0.25

    def _pay(self) -> None:
        start, end = self._at, self._at + self._days * DAY
        usd = None if self.random.random() < 0.05 else self._usd
        draw = self.random.random()
        told: dict[str, object] = _free(draw)
        if 0.04 <= draw < 0.09:
            told["period_type"], usd, end = PeriodType.INTRO, "0.99", start + 14 * DAY
        elif 0.09 <= draw < 0.11:
            usd = "0"
        elif 0.2 <= draw < 0.4 and usd is not None:
            told["currency"], told["price_micros"] = "EUR", micros(usd)
            usd = f"{float(usd) * self.random.choice((1.07, 1.1, 1.13)):.6f}"
        if self.random.random() < 0.4:
            told["tax_bp"], told["commission_bp"] = self.random.choice((0, 1667)), 2500
        if self._told_at is not None:
            told["occurred_at"], self._told_at = self._told_at, None
        self._story.pays(start, end, usd, **told)
        self._start, self._end = start, end

    def _happen(self) -> None:
        """Within the period."""
        story, at = self._story, self._start + self._some(0.1, self._days * 0.9)
        draw = self.random.random()
        if draw < 0.1:
            story.cancels(at, self.random.choice(REASONS))
            if self.random.random() < 0.3:
                story.renews_after_all(at + self._some(0, 3))
        elif draw < 0.15:
            self._give_back(at)
        elif draw < 0.19:
            story.refunds(at, "0.60", refund=f"a{story.paid}")
            story.refunds(at + self._some(0, 2), "0.70", refund=f"b{story.paid}")
        elif draw < 0.22 and story.paid > 1:
            story.refunds(at, None, refund=f"old{story.paid}", of=story.paid - 1)
        elif draw < 0.26:
            self._end += self._some(1, 9)
            story.extends(at, self._end)
        elif draw < 0.28:
            story.goes_to(self._somebody(), at)

    def _give_back(self, at: datetime) -> None:
        story = self._story
        story.refunds(at, self._usd, affects_access=self.random.random() < 0.5)
        if self.random.random() < 0.5:
            story.ends(at, expires_at=self._end)
        if self.random.random() < 0.4:
            story.refund_is_undone(at + self._some(0.1, 5))

    def _go_on(self) -> bool:
        """What comes after the period; whether another one does."""
        draw = self.random.random()
        if draw < 0.58:
            self._at = self._end
        elif draw < 0.62:  # late, but soon
            self._at = self._end + self._some(0, 1.2)
        elif draw < 0.7:  # at once another product
            self._at = self._start + self._some(0.5, self._days * 0.8)
            self._duration, self._days, self._usd = self.random.choice(PRODUCTS)
            self._story.changes(self._at, f"product.{self._days}")
            self._story.product, self._story.duration = f"product.{self._days}", self._duration
        elif draw < 0.8:
            return self._fail()
        elif draw < 0.84:
            self._story.ends(self._start + self._some(0.1, self._days * 0.9), expires_at=self._end)
            return False
        elif draw < 0.94:
            self._expire()
            self._at = self._end + self._some(0.1, 60)
            return self.random.random() < 0.5
        else:
            return False  # nobody said that it expired
        return True

    def _expire(self) -> None:
        """Dated and named as stores and disorder do it."""
        story = self._story
        period = self.random.choice((story.period, story.period, "", "of nobody"))
        at = self._end + self.random.choice((timedelta(), timedelta(), self._some(0, 1)))
        story.ends(at, period=period, transaction_id=f"t{max(1, story.paid - 1)}", expires_at=None)

    def _fail(self) -> bool:
        story, at = self._story, self._end + self._some(0, 0.5)
        if story.store == "stripe":
            return self._fail_at_stripe(at)
        grace = self._end + 16 * DAY if self.random.random() < 0.7 else None
        story.fails(at, grace)
        if grace is None:
            story.ends(self._end)
        self._at = self._end + self._some(0.6, 20)
        return self.random.random() < 0.6

    def _fail_at_stripe(self, at: datetime) -> bool:
        """About the period to come, which has no payment yet, or never will."""
        story = self._story
        unpaid = f"p{story.paid + 1}"
        story.fails(at, None, period=unpaid, expires_at=self._end + self._days * DAY)
        draw = self.random.random()
        if draw < 0.4:  # paid late, from the old end on
            if self.random.random() < 0.3:
                story.ends(at + self._some(0.1, 1), period=unpaid, expires_at=None)
            self._at, self._told_at = self._end, at + self._some(1.5, 4)
            return True
        if draw < 0.8:
            story.ends(at + self._some(1, 20), period=unpaid, expires_at=None)
        return False

    def _some(self, least: float, most: float) -> timedelta:
        """Days, with milliseconds."""
        return timedelta(milliseconds=round(self.random.uniform(least, most) * 86_400_000))


def lives(seed: int, number: int, now: datetime) -> list[Event]:
    """The events of so many subscriptions, in the order of each life."""
    customers = max(number // CUSTOMERS, 1)
    told = [event for n in range(number) for event in Life(f"{seed}/{n}", now, customers).events()]
    told += [
        event
        for n in range(number // 5)
        for event in _bought_once(f"{seed}/once/{n}", now, customers)
    ]
    return [_with_aliases(event, now) for event in told]


def _bought_once(seed: str, now: datetime, customers: int) -> list[Event]:
    random = Random(seed)
    story = Story(
        seed,
        store=random.choice(STORES),
        product="coins",
        duration=None,
        customer=f"c{random.randrange(customers)}",
        first_seen=now - random.uniform(0, 330) * DAY,
    )
    at = now - random.uniform(-1, 300) * DAY
    story.buys(at, random.choice(("0.99", "4.99", "0", None)))
    if random.random() < 0.2:
        story.refunds(at + random.uniform(0, 20) * DAY, random.choice((None, "0.50", "4.99")))
    return story.events


def _with_aliases(event: Event, now: datetime) -> Event:
    """c10 has always been c11 too, as is told of late; likewise c20, c30 ..."""
    number = int(event.customer_id[1:])
    if number % 10 or event.occurred_at < now - 60 * DAY:
        return event
    return replace(event, aliases=(event.customer_id, CustomerId(f"c{number + 1}")))


def retold(events: list[Event], random: Random) -> Iterator[Event]:
    """Some of them again, the same facts in other words, received later or earlier."""
    for event in events:
        if random.random() < 0.08:
            shift = timedelta(minutes=random.choice((-70, -1, 3, 90)))
            other = replace(
                event,
                received_at=event.received_at + shift,
                customer_id=CustomerId("bob"),
                sequence=99,
                aliases=(),
            )
            yield _cheaper(other, random) if event.type is EventType.RENEWAL else other


def _cheaper(event: Event, random: Random) -> Event:
    price = random.choice((None, 1_230_000, 5_000_000))
    return replace(event, price_usd_micros=price)


def _free(draw: float) -> dict[str, object]:
    """Of one in 25 that it is given; of others a mark."""
    if draw < 0.02:
        return {"is_family_share": True}
    if draw < 0.04:
        return {"period_type": PeriodType.PROMOTIONAL}
    return {"offer_type": "winback"} if 0.11 <= draw < 0.2 else {}


def _rarely(random: Random, odd: Environment, usual: Environment) -> Environment:
    return odd if random.random() < 0.06 else usual
