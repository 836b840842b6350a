"""A genuine notification on its way, as lanes and log know it, and how it comes out of its record.

What verify has proved stands in `notifications.genuine`; nothing else is ever read here. Only what
a store pushed goes on: a backfill's body is not what the store posted, and what came to us through
a forward already would go around for ever. Which headers go on is a list of those that may, so that
no credential (Google's bearer token) leaves that topic.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sinks.delivery.delivery import NOTIFICATION, Delivery, OpenRecord, Route, returned
from streams.contracts.ids import AppId, CustomerId, EventId, StoreName
from streams.contracts.raw import RawNotification, RequestHeaders, raw_headers, read_raw
from streams.contracts.stores import BY_NAME
from streams.contracts.topics import FORWARDS, FORWARDS_DEAD
from streams.contracts.words import Origin
from streams.observe import clock
from streams.settings.forwards import forward_name

RECEIPT_HEADER = "X-Store-Notifications-Receipt"
_CONTENT_TYPE = "content-type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """`raw`: with the headers that go on. Each is a customer of its own to the lane: a store keeps
    no order among its posts either."""

    raw: RawNotification

    @property
    def id(self) -> EventId:
        return EventId(self.raw.receipt_id)

    @property
    def type(self) -> str:
        return NOTIFICATION

    @property
    def app_id(self) -> AppId:
        return self.raw.app_id

    @property
    def store(self) -> StoreName:
        return self.raw.store

    @property
    def environment(self) -> str:
        """Of the token that it came to; "" for a token of both."""
        only = self.raw.environments
        return only[0] if len(only) == 1 else ""

    @property
    def customer_id(self) -> CustomerId:
        return CustomerId(self.raw.receipt_id)

    @property
    def received_at(self) -> datetime:
        return self.raw.received_at

    def past_tolerance(self, at: datetime) -> timedelta | None:
        """Its age at that time, if the receiver then finds the store's signature too old."""
        age, tolerance = at - self.raw.received_at, BY_NAME[self.store].signature_tolerance
        return age if tolerance is not None and age > tolerance else None


def open_record(opened: OpenRecord) -> list[Delivery]:
    """The one delivery of a record, or none; MalformedError when it is no notification.

    One whose forward this process does not know is a delivery too: of a process that started before
    it was added, and retried until another knows it.
    """
    read = read_raw(opened.record)
    told, route = forwarded(read)
    if opened.record.topic == FORWARDS:
        return [returned(opened, told, route)]
    if read.origin is not Origin.NOTIFICATION or read.request_header(RECEIPT_HEADER.lower()):
        return []
    name = forward_name(read.app_id, read.store)
    now = clock.now()
    return [Delivery(event=told, destination=name, first_at=now, open=opened, route=route)]


def forwarded(read: RawNotification) -> tuple[Forwarded, Route]:
    """What of it goes on, and how it comes back."""
    told = Forwarded(raw=replace(read, request_headers=_carried(read)))
    return told, Route(retries=FORWARDS, dead=FORWARDS_DEAD, kept=raw_headers(told.raw))


def _carried(raw: RawNotification) -> RequestHeaders:
    """The content type and what signs the body, each once: verify judged by the first."""
    names = (_CONTENT_TYPE, *BY_NAME[raw.store].signature_headers)
    found = {name: raw.request_header(name) for name in names}
    return tuple((name, value) for name, value in found.items() if value is not None)
