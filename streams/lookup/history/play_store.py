"""Google's list of voided purchases, of the last 30 days: all that it keeps of its notifications.

How the subscriptions stand is found by their due times.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from streams.contracts.ids import NotificationId, ReceiptId
from streams.contracts.inbox import to_lookup
from streams.contracts.project import App
from streams.contracts.purchase import Pointer
from streams.contracts.step import Out
from streams.contracts.words import Origin
from streams.lookup.history.kept import patiently
from streams.lookup.play_store_api import PlayStoreApi
from streams.observe import clock
from streams.stores.moments import at_ms
from streams.stores.play_store.answers import Void
from streams.stores.play_store.options import NAME
from streams.stores.play_store.signals import VOIDED


class PlayStoreHistory:
    """Each void points at its purchase, as its message would."""

    reach = timedelta(days=30)

    def __init__(self, app: App, api: PlayStoreApi) -> None:
        self._app = app
        self._api = api

    async def pages(self, start: datetime, end: datetime) -> AsyncIterator[list[Out]]:
        page: str | None = None
        while True:
            voids, page = await patiently(
                lambda p=page: self._api.voided_between(start, end, p)  # type: ignore[misc]
            )
            yield [self._out(void) for void in voids]
            if page is None:
                return

    def _out(self, void: Void) -> Out:
        name = f"backfill/{void.order_id}/{void.voided_time_millis}"
        return to_lookup(
            Pointer(
                app_id=self._app.app_id,
                store=NAME,
                environments=self._app.store(NAME).environments,
                purchase_id=void.purchase_token,
                type=VOIDED.name,
                signal=VOIDED.signal,
                notification_id=NotificationId(name),
                occurred_at=at_ms(int(void.voided_time_millis)),
                received_at=clock.now(),
                receipt_id=ReceiptId(name),
                origin=Origin.BACKFILL,
                hint={"order_id": void.order_id},
            )
        )
