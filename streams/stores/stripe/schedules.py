"""Subscription schedules: the price that an item goes on with at its period's end.

A schedule's own event names prices and no items, so it only asks for the subscription, whose answer has
the schedule in it. Its phases list items in one order; where that can't be matched with the
subscription's items nothing is said.
"""

from streams.contracts.ids import NO_PURCHASE
from streams.stores.stripe.events import Phase, PhaseItem, Price, Schedule, Subscription
from streams.stores.stripe.events import SubscriptionItem as Item
from streams.stores.stripe.said import Context, Said


def product_of(price: Price, context: Context) -> str:
    """As the operator names products: by Stripe's product, or by its price."""
    if context.options.product_from == "price" or price.product is None:
        return price.id
    return price.product


def read_schedule(context: Context) -> Said:
    schedule = context.read(Schedule)
    subscription = schedule.subscription or schedule.released_subscription or ""
    return Said(
        signal=context.signal,
        purchase_id=subscription or NO_PURCHASE,
        ask_again=subscription,
    )


def planned(item: Item, subscription: Subscription, context: Context, ends: int) -> str | None:
    """The product from `ends` (unix seconds) on, the present one where nothing is planned; None: not said."""
    schedule = subscription.schedule
    if not isinstance(schedule, Schedule):
        return None
    now = round(context.occurred_at.timestamp())
    phases = sorted(schedule.phases, key=lambda phase: phase.start_date)
    begun = [phase for phase in phases if phase.start_date <= now]
    coming = [phase for phase in phases if now < phase.start_date <= ends]
    if not coming:
        return product_of(item.price, context)
    place = _place(item, subscription, begun[-1], coming[0]) if begun else None
    return None if place is None else _product(coming[0].items[place], item, context)


def _place(item: Item, subscription: Subscription, present: Phase, following: Phase) -> int | None:
    listed = [_id(one) for one in present.items]
    own = {one.price.id for one in subscription.items.data}
    if set(listed) != own or len(following.items) != len(listed):
        return None
    return listed.index(item.price.id)


def _id(one: PhaseItem) -> str | None:
    return one.price.id if isinstance(one.price, Price) else one.price


def _product(one: PhaseItem, item: Item, context: Context) -> str | None:
    if isinstance(one.price, Price):
        return product_of(one.price, context)
    if one.price == item.price.id:
        return product_of(item.price, context)
    return one.price if context.options.product_from == "price" else None
