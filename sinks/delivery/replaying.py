"""A replay as an operator asks for it, on the command line or in the console: counted, or sent."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

from sinks.delivery.open_letters import Progress
from sinks.delivery.outbox import Writing
from sinks.delivery.plan import Plan
from sinks.delivery.replay import Replay, Replayed, Selection
from sinks.delivery.standing import Standing
from sinks.forward.plans import TYPE as FORWARD
from streams.contracts.errors import StoreNotificationsError
from streams.kafka.producer import Producer
from streams.kafka.turn import turn
from streams.observe import clock
from streams.settings.kafka import KafkaSettings

_NAME = "replay"
FOLLOWED = timedelta(seconds=5)
"""After a decision, so that every process has followed it before what depends on it arrives."""


class NotDeliveredToError(StoreNotificationsError):
    """What was asked for by name is paused or disabled: its replays would be dead letters at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`dead`: from the dead letters, else from topic events. `after`: how long each waits."""

    selection: Selection
    dead: bool
    dry_run: bool
    after: timedelta = timedelta()


async def replay(
    kafka: KafkaSettings,
    wish: Wish,
    plans: Sequence[Plan],
    standing: Standing,
    progress: Progress,
    *,
    waits: Callable[[], None] = lambda: None,
) -> Replayed:
    """Raise NotDeliveredToError before anything is read. `plans`: destinations and forwards.

    Dead letters are replayed by one at a time, on whatever machine: two would find the same ones and
    send each twice. `waits` is called when another is at it.
    """
    taking = delivered_to(wish.selection, plans, standing)
    sending: AbstractAsyncContextManager[Writing | None]
    sending = nullcontext() if wish.dry_run else Producer(kafka, client_id=_NAME)
    alone = wish.dead and not wish.dry_run
    async with turn(kafka, _NAME, waits=waits) if alone else nullcontext(), sending as producer:
        one = Replay(
            kafka,
            wish.selection,
            [plan for plan in taking if plan.type != FORWARD],
            now=clock.now(),
            forwards=[plan for plan in taking if plan.type == FORWARD],
            producer=producer,
            after=wish.after,
        )
        read = one.dead_letters if wish.dead else one.events
        return await read(progress)


def delivered_to(selection: Selection, plans: Sequence[Plan], standing: Standing) -> list[Plan]:
    """Those that events are sent to now; one that was asked for by name must be among them."""
    refused = {plan.name: why for plan in plans if (why := standing.refusal(plan)) is not None}
    for name in sorted(selection.destinations & refused.keys()):
        raise NotDeliveredToError(
            f"{name} is {refused[name]}, so its replays would go to the dead letters:"
            f" first python -m sinks destinations resume {name}"
        )
    return [plan for plan in plans if plan.name not in refused]
