"""The lives that subscriptions lead in the demo, and how often each is led.

A tale draws its random numbers before its last beat, so the same seed told for longer begins alike.
"""

from collections.abc import Callable

from deploy.demo.catalog import DEARER, FOR_EVER, MONTHLY, WEEKLY, YEARLY
from deploy.demo.happening import APP_STORE, PLAY_STORE, STRIPE, Kind, Product
from deploy.demo.story import Story

Tale = Callable[[Story], None]
_GRACE_DAYS = 16


def _product(story: Story, shelf: dict[str, Product]) -> Product:
    return shelf[story.subscription.store]


def _some_renewals(story: Story, most: int) -> None:
    for _ in range(story.random.randrange(most + 1)):
        story.renew()


def stays(story: Story) -> None:
    story.start(_product(story, story.random.choice((MONTHLY, MONTHLY, DEARER))))
    story.renew_on()


def stays_by_the_week(story: Story) -> None:
    story.start(_product(story, WEEKLY))
    story.renew_on()


def stays_by_the_year(story: Story) -> None:
    story.start(_product(story, YEARLY))


def tries_and_stays(story: Story) -> None:
    story.trial(_product(story, MONTHLY))
    story.renew_on()


def tries_and_leaves(story: Story) -> None:
    story.trial(_product(story, MONTHLY))
    story.wait(story.random.uniform(0.5, 5))
    story.turn_off()
    story.expire()


def leaves(story: Story) -> None:
    story.start(_product(story, MONTHLY))
    _some_renewals(story, 1)
    story.wait(story.random.uniform(1, 20))
    story.turn_off()
    story.expire()


def leaves_the_week(story: Story) -> None:
    story.start(_product(story, WEEKLY))
    _some_renewals(story, 5)
    story.wait(story.random.uniform(0.5, 5))
    story.turn_off()
    story.expire()


def wavers(story: Story) -> None:
    """Off, on, off, on: every flip is a fact of its own."""
    story.start(_product(story, MONTHLY))
    for _ in range(story.random.choice((1, 1, 2))):
        story.wait(story.random.uniform(0.5, 4))
        story.turn_off()
        story.wait(story.random.uniform(0.1, 3))
        story.turn_on()
    story.renew_on()


def fails_and_pays(story: Story) -> None:
    story.start(_product(story, MONTHLY))
    story.fail(_GRACE_DAYS)
    story.wait(story.random.uniform(1, 12))
    story.renew()
    story.renew_on()


def fails_and_is_lost(story: Story) -> None:
    """Grace ends unpaid; at Stripe the last attempt fails."""
    story.start(_product(story, MONTHLY))
    story.fail(_GRACE_DAYS)
    if story.subscription.store == STRIPE:
        story.wait(14)
        story.expire()
    else:
        story.end_grace(_GRACE_DAYS)


def fails_at_once(story: Story) -> None:
    story.start(_product(story, WEEKLY))
    _some_renewals(story, 4)
    story.fail()


def fails_and_comes_back(story: Story) -> None:
    """Without grace access ends; the charge succeeds days later and the terms start anew."""
    story.start(_product(story, MONTHLY))
    story.fail()
    story.wait(story.random.uniform(3, 20))
    story.start(_product(story, MONTHLY), Kind.RETURNED)
    story.renew_on()


def leaves_and_comes_back(story: Story) -> None:
    story.start(_product(story, WEEKLY))
    story.wait(story.random.uniform(1, 5))
    story.turn_off()
    story.expire()
    story.wait(story.random.uniform(2, 30))
    story.start(_product(story, story.random.choice((WEEKLY, MONTHLY))), Kind.RETURNED)
    story.renew_on()


def wants_it_back(story: Story) -> None:
    """A refund of everything: Apple ends access by it, a seller at Stripe cancels as well."""
    story.start(_product(story, story.random.choice((MONTHLY, YEARLY))))
    story.wait(story.random.uniform(1, 9))
    if story.subscription.store == STRIPE:
        story.cancel()
        story.wait(0.01)
    story.refund()


def gets_some_back(story: Story) -> None:
    story.start(_product(story, DEARER))
    story.wait(story.random.uniform(1, 9))
    story.refund(percent=story.random.choice((20, 35, 50)))
    story.renew_on()


def wants_more(story: Story) -> None:
    story.start(_product(story, MONTHLY))
    _some_renewals(story, 1)
    story.wait(story.random.uniform(2, 20))
    story.start(_product(story, DEARER), Kind.CHANGED)
    story.renew_on()


def wants_less(story: Story) -> None:
    story.start(_product(story, DEARER))
    story.wait(story.random.uniform(2, 20))
    story.plan(_product(story, MONTHLY))
    story.renew_on()


def buys_for_ever(story: Story) -> None:
    story.start(_product(story, FOR_EVER), Kind.BOUGHT)


_EVERYWHERE: tuple[tuple[Tale, int], ...] = (
    (stays, 30),
    (stays_by_the_week, 8),
    (stays_by_the_year, 8),
    (tries_and_stays, 12),
    (tries_and_leaves, 10),
    (leaves, 12),
    (leaves_the_week, 6),
    (wavers, 6),
    (fails_and_pays, 8),
    (fails_and_is_lost, 6),
    (fails_at_once, 4),
    (wants_it_back, 5),
    (wants_more, 5),
)
_APP_STORE: tuple[tuple[Tale, int], ...] = (
    (fails_and_comes_back, 5),
    (leaves_and_comes_back, 5),
    (wants_less, 5),
    (buys_for_ever, 6),
)
_STRIPE: tuple[tuple[Tale, int], ...] = ((gets_some_back, 4),)
_PLAY_STORE: tuple[tuple[Tale, int], ...] = (
    (stays, 6),
    (stays_by_the_year, 3),
    (tries_and_stays, 3),
    (tries_and_leaves, 2),
    (leaves, 3),
    (wavers, 2),
    (fails_and_pays, 2),
    (fails_and_is_lost, 2),
    (fails_and_comes_back, 2),
    (wants_it_back, 2),
    (wants_more, 3),
    (wants_less, 4),
    (buys_for_ever, 2),
)
TALES = {
    APP_STORE: _EVERYWHERE + _APP_STORE,
    STRIPE: _EVERYWHERE + _STRIPE,
    PLAY_STORE: _PLAY_STORE,
}
