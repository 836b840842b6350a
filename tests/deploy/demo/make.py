"""Small lives, told by hand, whose figures a reader can add up."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from deploy.demo.happening import APP_STORE, PRODUCTION, Product, Subscription, Tracked
from deploy.demo.rates import Rates
from deploy.demo.story import Story
from deploy.demo.truth import Figures, truth

BEGIN = datetime(2026, 3, 10, 12, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)
MONTH = Product(
    product_id="month",
    store=APP_STORE,
    name="A month",
    months=1,
    trial_days=7,
    prices={"USD": 5_000_000, "EUR": 4_000_000},
)
PRO = Product(product_id="pro", store=APP_STORE, name="Pro", months=1, prices={"USD": 9_000_000})
WEEK = Product(product_id="week", store=APP_STORE, name="A week", days=7, prices={"USD": 2_000_000})
YEAR = Product(
    product_id="year", store=APP_STORE, name="A year", months=12, prices={"USD": 40_000_000}
)


def story(
    *,
    store: str = APP_STORE,
    currency: str = "USD",
    tracked: Tracked = Tracked.AT_START,
    environment: str = PRODUCTION,
    until: datetime = NOW,
) -> Story:
    subscription = Subscription(
        id="1000",
        store=store,
        customer="ann",
        currency=currency,
        tracked=tracked,
        environment=environment,
    )
    return Story(Random(1), subscription, BEGIN, until)


def figures(told: Story, day: date, rates: Rates | None = None, now: datetime = NOW) -> Figures:
    """Of the story's store on `day`; nothing sold there counts as zero."""
    true = truth(told.beats, rates or {}, BEGIN.date() - timedelta(days=1), now)
    return true.get((day, told.subscription.store), Figures())
