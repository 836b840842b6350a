"""Amplitude: an event of its HTTP V2 API, known by `insert_id`, so a repetition within 7 days is dropped.

Sandbox events go to a project of their own: without its key they are not sent.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sinks.destinations import http
from sinks.destinations.base import DELIVERED, Request, Response, Sending, Verdict
from sinks.destinations.naming import Names, read_names
from sinks.destinations.options import OptionReader
from sinks.destinations.properties import (
    STATUS,
    attribute,
    fitted,
    present,
    properties,
    status,
)
from sinks.destinations.revenue import Reporting, read_reporting, revenue
from streams.contracts.codec import write_json
from streams.contracts.event import Event
from streams.contracts.words import Environment
from streams.settings.secret import Secret

REGIONS = {"us": "https://api2.amplitude.com", "eu": "https://api.eu.amplitude.com"}
RATE = 100  # requests a second, of the smallest plan
_PATH = "/2/httpapi"
_MOST = 512 * 1024  # bytes of properties: the API takes 1 MB a request
_THROTTLED = timedelta(seconds=30)  # that a user who sends too much is left alone
_BAD_EVENT = (
    *("events_with_invalid_fields", "events_with_missing_fields"),
    *("events_with_invalid_id_lengths", "silenced_events"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amplitude:
    url: str = field(repr=False)
    keys: dict[Environment, Secret]
    names: Names
    reporting: Reporting

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return tuple(self.keys.values())

    def tells(self, event: Event) -> bool:
        return event.environment in self.keys and bool(self.names.of(event))

    def requests(self, event: Event, sending: Sending) -> tuple[Request, ...]:  # noqa: ARG002 - every attempt is the same
        if not self.tells(event):
            return ()
        body = {
            "api_key": self.keys[event.environment].reveal(),
            "events": [self._event(event)],
            "options": {"min_id_length": 1},  # a customer's id may be shorter than 5
        }
        return (Request(url=self.url, headers=http.JSON, body=write_json(body)),)

    def judge(self, response: Response) -> Verdict:
        told = http.json_object(response)
        if response.status in http.SUCCESS:
            taken = told.get("code") == response.status and told.get("events_ingested") != 0
            return DELIVERED if taken else http.UNCONFIRMED
        if response.status == http.BAD_REQUEST:
            # Without the names of bad events the request itself is refused, as for a wrong key:
            # an operator may mend that while it is tried again.
            return http.REJECTED if any(map(told.get, _BAD_EVENT)) else http.judge_vendor(response)
        verdict = http.judge_vendor(response)
        if told.get("throttled_users") or told.get("throttled_devices"):
            return replace(verdict, after=max(verdict.after or _THROTTLED, _THROTTLED), slow=False)
        return verdict

    def _event(self, event: Event) -> dict[str, Any]:
        usd, after = revenue(event, self.reporting), status(event)
        told: dict[str, Any] = {
            **_user(event),
            "event_type": self.names.of(event),
            "time": round(event.occurred_at.timestamp() * 1000),
            "insert_id": event.id,
            "event_properties": fitted({**properties(event), "revenue": usd}, _MOST),
            "user_properties": None if after is None else {STATUS: after},
        }
        if usd is not None:
            told |= {"revenue": usd, "productId": event.product_id, "revenueType": event.type}
        return present(told)


def _user(event: Event) -> dict[str, str]:
    """User id and device id where the customer has them, else the app user id."""
    known = {
        "user_id": attribute(event, "$amplitudeUserId"),
        "device_id": attribute(event, "$amplitudeDeviceId"),
    }
    return present(known) or {"user_id": event.customer_id}


def make(url: str, options: OptionReader) -> Amplitude:
    """Raise ConfigError when there is no key."""
    return Amplitude(
        url=options.base(url, REGIONS) + _PATH,
        keys=options.credentials("api_key"),
        names=read_names(options),
        reporting=read_reporting(options),
    )
