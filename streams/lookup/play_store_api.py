"""Google Play's API, call by call, and the chain of linked tokens back to the oldest known one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

import structlog

from streams.contracts.errors import CredentialsRefusedError, RejectedError
from streams.contracts.purchase import Pointer
from streams.kafka.delay_steps import unix_ms
from streams.lookup.api import GONE, UNKNOWN, Get, read
from streams.observe import clock
from streams.stores.play_store.answers import (
    Order,
    Orders,
    ProductAnswer,
    Seen,
    SubscriptionAnswer,
    Void,
    Voids,
)
from streams.stores.play_store.observe import Chain
from streams.stores.play_store.orders import ids_up_to

MOST_LINKS = 16
_MOST_KNOWN = 100_000  # links that are remembered: they never change
_MOST_PAGES = 10
_EARLIER = timedelta(hours=1)  # a void is recorded before its message is sent
_SUBSCRIPTIONS, _PRODUCTS, _ORDERS, _VOIDS = "subscriptions", "products", "orders", "voids"
_log = structlog.get_logger()


class Answered(NamedTuple):
    """A token's subscription, its chain, and when that was."""

    seen: Seen
    chain: Chain
    answered_at: datetime


class PlayStoreApi:
    """Of one app. `now` tells when an answer was given."""

    def __init__(
        self, api: Get, package_name: str, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._api = api
        self.now = now
        self._root = f"/androidpublisher/v3/applications/{quote(package_name, safe='')}"
        self._links: dict[str, str | None] = {}

    async def subscription(self, token: str) -> Answered:
        """With the orders of the token and of the one that it replaced."""
        answer = await self._token(token)
        answered_at = self.now()
        seen = await self._with_orders(token, answer)
        chain = await self._chain(token, answer)
        return Answered(seen, chain, answered_at)

    async def product(self, token: str) -> ProductAnswer:
        path = f"{self._root}/purchases/productsv2/tokens/{quote(token, safe='')}"
        return read(await self._api.get(_PRODUCTS, path), ProductAnswer)

    async def order(self, order_id: str) -> Order:
        path = f"{self._root}/orders/{quote(order_id, safe='')}"
        return read(await self._api.get(_ORDERS, path), Order)

    async def orders(self, order_ids: tuple[str, ...]) -> tuple[Order, ...]:
        """Those that Google shows: none without the permission to see money, which is logged."""
        query = [("orderIds", order_id) for order_id in order_ids]
        try:
            body = await self._api.get(_ORDERS, f"{self._root}/orders:batchGet", query)
            return read(body, Orders).orders
        except CredentialsRefusedError as error:
            _log.warning("orders_refused", reason=str(error))
            return ()
        except RejectedError:
            return await self._newest(order_ids[-1])

    async def voids(self, pointer: Pointer) -> tuple[Void, ...]:
        """Of this purchase, since shortly before the message."""
        found: list[Void] = []
        page: str | None = None
        for _ in range(_MOST_PAGES):
            voids, page = await self.voided_between(pointer.occurred_at - _EARLIER, None, page)
            found += voids
            if page is None:
                break
        return tuple(void for void in found if void.purchase_token == pointer.purchase_id)

    async def voided_between(
        self, start: datetime, end: datetime | None, page: str | None
    ) -> tuple[tuple[Void, ...], str | None]:
        """By the time of their record; the token of the next page, if there is one."""
        query = [("startTime", str(unix_ms(start))), ("type", "1"), ("maxResults", "1000")]
        query += [("endTime", str(unix_ms(end)))] if end is not None else []
        query += [("token", page)] if page else []
        path = f"{self._root}/purchases/voidedpurchases"
        voids = read(await self._api.get(_VOIDS, path, query), Voids)
        return voids.voided_purchases, voids.token_pagination.next_page_token

    async def _newest(self, order_id: str) -> tuple[Order, ...]:
        """A batch is refused when one of its orders is not there any more."""
        try:
            return (await self.order(order_id),)
        except RejectedError:
            return ()

    async def _token(self, token: str) -> SubscriptionAnswer:
        path = f"{self._root}/purchases/subscriptionsv2/tokens/{quote(token, safe='')}"
        answer = read(await self._api.get(_SUBSCRIPTIONS, path), SubscriptionAnswer)
        self._remember(token, answer.linked_purchase_token)
        return answer

    async def _with_orders(self, token: str, answer: SubscriptionAnswer) -> Seen:
        newest = [line.latest_successful_order_id for line in answer.line_items]
        named = [order_id for one in newest if one for order_id in ids_up_to(one)]
        wanted = tuple(dict.fromkeys(named))
        orders = await self.orders(wanted) if wanted else ()
        return Seen(token=token, answer=answer, orders=orders)

    async def _chain(self, token: str, answer: SubscriptionAnswer) -> Chain:
        """The older token is asked for wholly, those before it only for their links."""
        linked = answer.linked_purchase_token
        if linked is None:
            return Chain(tokens=(token,))
        before: Seen | None = None
        tokens = [token, _not_in(linked, [token])]
        older = await self._unless_gone(linked)
        if older is not None:
            before = await self._with_orders(linked, older)
        following = self._links.get(linked)
        while following is not None:
            tokens.append(_not_in(following, tokens))
            if following not in self._links:
                await self._unless_gone(following)
            following = self._links.get(following)
        return Chain(tokens=tuple(tokens), before=before)

    async def _unless_gone(self, token: str) -> SubscriptionAnswer | None:
        """None: Google forgets a token 60 days after its end, so the chain begins with it."""
        try:
            return await self._token(token)
        except RejectedError as error:
            if error.reason not in {GONE, UNKNOWN}:
                raise
            self._remember(token, self._links.get(token))
            return None

    def _remember(self, token: str, linked: str | None) -> None:
        if len(self._links) >= _MOST_KNOWN:
            self._links.clear()
        self._links[token] = linked


def _not_in(token: str, tokens: list[str]) -> str:
    """Raise RejectedError for a chain that is none."""
    if token in tokens or len(tokens) > MOST_LINKS:
        raise RejectedError(
            f"tokens are linked in a circle, or more than {MOST_LINKS}", reason="alias_cycle"
        )
    return token
