"""A notification as it came in: the body's bytes untouched, everything else in Kafka headers."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from streams.contracts.codec import decode, encode
from streams.contracts.errors import MalformedError
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.step import Headers, Record
from streams.contracts.words import Environment, Origin

RequestHeaders = tuple[tuple[str, str], ...]
CREDENTIALS = frozenset({"authorization"})
"""Headers that prove a sender and not a body: who reads one may send anything while it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawNotification:
    """What a store posted to a token's route. `request_headers`: names in lower case, as sent.

    `pulled`: not posted, but taken from the store by a process of ours, with our credentials; the door
    never says so.
    """

    receipt_id: ReceiptId
    app_id: AppId
    store: StoreName
    environments: tuple[Environment, ...]  # what the token was issued for
    token_hint: str  # the first 6 hex digits of the token's hash
    received_at: datetime
    origin: Origin
    request_headers: RequestHeaders
    body: bytes
    pulled: bool = False

    def request_header(self, name: str) -> str | None:
        """The first header of that lower-case name."""
        return next((value for key, value in self.request_headers if key == name), None)


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    receipt_id: ReceiptId
    app_id: AppId
    store: StoreName
    environments: tuple[Environment, ...]
    token_hint: str
    received_at: datetime
    origin: Origin = Origin.NOTIFICATION
    request_headers: RequestHeaders = ()
    pulled: bool = False


_HEADER = "raw"


def raw_headers(raw: RawNotification) -> Headers:
    """Everything but the body, as one Kafka header."""
    return envelope_headers(
        receipt_id=raw.receipt_id,
        app_id=raw.app_id,
        store=raw.store,
        environments=raw.environments,
        token_hint=raw.token_hint,
        received_at=raw.received_at,
        origin=raw.origin,
        request_headers=raw.request_headers,
        pulled=raw.pulled,
    )


def envelope_headers(
    *,
    receipt_id: ReceiptId,
    app_id: AppId,
    store: StoreName,
    environments: tuple[Environment, ...],
    token_hint: str,
    received_at: datetime,
    origin: Origin,
    request_headers: RequestHeaders,
    pulled: bool = False,
) -> Headers:
    """As `raw_headers`, for the door, which has the body apart and counts microseconds."""
    envelope = _Envelope(
        receipt_id=receipt_id,
        app_id=app_id,
        store=store,
        environments=environments,
        token_hint=token_hint,
        received_at=received_at,
        origin=origin,
        request_headers=request_headers,
        pulled=pulled,
    )
    return ((_HEADER, encode(envelope)),)


def read_raw(record: Record) -> RawNotification:
    """Raise MalformedError when the record was not written by `raw_headers`."""
    header = record.header(_HEADER)
    if header is None:
        raise MalformedError("a record of notifications.raw without its header 'raw'")
    envelope = decode(header, _Envelope, at="header raw")
    return RawNotification(
        receipt_id=envelope.receipt_id,
        app_id=envelope.app_id,
        store=envelope.store,
        environments=envelope.environments,
        token_hint=envelope.token_hint,
        received_at=envelope.received_at,
        origin=envelope.origin,
        request_headers=envelope.request_headers,
        pulled=envelope.pulled,
        body=record.value,
    )
