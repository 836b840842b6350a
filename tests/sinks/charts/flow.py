"""Events on their way through Kafka into a charts process, until it shows them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count

from streams.contracts import topics
from streams.contracts.codec import encode
from streams.contracts.event import Event
from streams.contracts.ids import AppId, CustomerId
from streams.contracts.step import Out
from tests.sinks.charts.process import Role

_askings = count(1)


def of_app(app: AppId, events: Iterable[Event]) -> list[Event]:
    """Of an app and customers whom no other test's events are of: the topic is shared."""

    def ours(names: Iterable[CustomerId]) -> tuple[CustomerId, ...]:
        return tuple(CustomerId(f"{app}-{name}") for name in names)

    return [
        replace(
            event,
            app_id=app,
            customer_id=ours([event.customer_id])[0],
            original_customer_id=ours([event.original_customer_id])[0],
            aliases=ours(event.aliases),
            transferred_from=ours(event.transferred_from),
            transferred_to=ours(event.transferred_to),
        )
        for event in events
    ]


def out(event: Event) -> Out:
    return Out(topic=topics.EVENTS, key=event.subscription_id.encode(), value=encode(event))


def fresh() -> str:
    """A condition that is true, in other words each time: an answer is kept for a second."""
    return f"{next(_askings)} > 0"


async def visible(role: Role, app: str) -> int:
    """How many events of an app."""
    sql = f"SELECT uniqExact(event_id) FROM events WHERE app_id = '{app}' AND {fresh()}"
    return int((await role.query(sql))[0][0])


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - another process has no Event to wait for
            await asyncio.sleep(0.05)


async def all_visible(role: Role, app: str, events: Sequence[Event]) -> None:
    """Written, folded and committed."""
    expected = len({event.id for event in events})

    async def there() -> bool:
        return await visible(role, app) == expected

    async def committed() -> bool:
        return not any(lag["records"] for lag in await charts_lag(role))

    await until(there)
    await until(committed)


async def charts_lag(role: Role) -> list[dict[str, int]]:
    lag = await role.get("/v1/lag")
    return [of for of in lag["groups"] if of["group"] == "charts"]
