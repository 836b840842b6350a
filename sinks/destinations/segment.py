"""Segment: an identify and a track in one batch, each known by `messageId`.

Its 200 says that the batch could be read, not that anything came of it: a wrong region or write key
is seen in Segment's debugger alone.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sinks.destinations import http
from sinks.destinations.base import (
    DELIVERED,
    Request,
    Response,
    Sending,
    Verdict,
)
from sinks.destinations.naming import Names, read_names
from sinks.destinations.options import OptionReader
from sinks.destinations.payload import ends_at
from sinks.destinations.properties import (
    STATUS,
    fitted,
    moment,
    present,
    properties,
    status,
    user_of,
)
from sinks.destinations.revenue import Reporting, read_reporting, revenue
from streams.contracts.codec import write_json
from streams.contracts.event import Event
from streams.settings.secret import Secret

REGIONS = {"us": "https://api.segment.io", "eu": "https://events.eu1.segmentapis.com"}
_PATH = "/v1/batch"
_MOST = 28 * 1024  # bytes of properties or traits: the API takes 32 KB a message
_LIBRARY = {"name": "Store Notifications", "version": "1.0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    url: str = field(repr=False)
    write_key: Secret
    names: Names
    reporting: Reporting

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return (self.write_key,)

    def tells(self, event: Event) -> bool:
        return bool(self.names.of(event))

    def requests(self, event: Event, sending: Sending) -> tuple[Request, ...]:  # noqa: ARG002 - every attempt is the same
        if not self.tells(event):
            return ()
        basic = base64.b64encode(f"{self.write_key.reveal()}:".encode()).decode()
        headers = {**http.JSON, "Authorization": f"Basic {basic}"}
        body = write_json({"batch": [_identify(event), self._track(event)]})
        return (Request(url=self.url, headers=headers, body=body),)

    def judge(self, response: Response) -> Verdict:
        if response.status in http.SUCCESS:
            taken = http.json_object(response).get("success") is True
            return DELIVERED if taken else http.UNCONFIRMED
        if response.status == http.BAD_REQUEST:  # too large, or not JSON
            return http.REJECTED
        return http.judge_vendor(response)

    def _track(self, event: Event) -> dict[str, Any]:
        told = properties(event)
        entitlements = told.get("entitlement_ids")
        told |= {
            "revenue": revenue(event, self.reporting),
            # Segment reads `currency` as revenue's own, and revenue is in USD.
            "currency": "USD",
            "purchased_currency": event.currency,
            "purchased_at": _seconds(event.purchased_at),
            "expires_at": _seconds(ends_at(event)),
            "entitlements": entitlements,
            "entitlement": entitlements[0] if entitlements else None,
        }
        return {
            "type": "track",
            "messageId": event.id,
            "event": self.names.of(event),
            **_about(event),
            "properties": fitted(present(told), _MOST),
        }


def _identify(event: Event) -> dict[str, Any]:
    traits = {
        "last_seen_app_user_id": event.customer_id,
        "aliases": list(event.aliases),
        STATUS: status(event),
    }
    return {
        "type": "identify",
        "messageId": f"{event.id}/identify",
        **_about(event),
        "traits": fitted(present(traits), _MOST),
    }


def _about(event: Event) -> dict[str, Any]:
    return {
        "userId": user_of(event, "$segmentId"),
        "timestamp": moment(event.occurred_at),
        "context": {"environment": event.environment.lower(), "library": _LIBRARY},
    }


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())


def make(url: str, options: OptionReader) -> Segment:
    """Raise ConfigError when there is no write key."""
    return Segment(
        url=options.base(url, REGIONS) + _PATH,
        write_key=options.required_secret("write_key"),
        names=read_names(options),
        reporting=read_reporting(options),
    )
