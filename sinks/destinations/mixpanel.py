"""Mixpanel: an event by /import and, where it says something of the customer, the profile by /engage.

/import drops a copy by event, time, distinct_id and `$insert_id`, so all four are the event's own in
every attempt. `$union` keeps a transaction once, however often it is sent; `$append` would not.
Sandbox events go to a project of their own: without its token they are not sent.
"""

import base64
from dataclasses import dataclass, field
from typing import Any

from sinks.destinations import http
from sinks.destinations.base import DELIVERED, Request, Response, Sending, Verdict
from sinks.destinations.naming import Names, read_names
from sinks.destinations.options import OptionReader
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
from streams.contracts.words import Environment
from streams.settings.secret import Secret

REGIONS = {
    "us": "https://api.mixpanel.com",
    "eu": "https://api-eu.mixpanel.com",
    "in": "https://api-in.mixpanel.com",
}
_IMPORT = "/import?strict=1"
_ENGAGE = "/engage?verbose=1"
_MOST = 512 * 1024  # bytes of properties: the API takes 1 MB an event
_MOST_ALIASES = 250  # the API takes lists of 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixpanel:
    url: str = field(repr=False)
    tokens: dict[Environment, Secret]
    names: Names
    reporting: Reporting

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return tuple(self.tokens.values())

    def tells(self, event: Event) -> bool:
        return event.environment in self.tokens and bool(self.names.of(event))

    def requests(self, event: Event, sending: Sending) -> tuple[Request, ...]:  # noqa: ARG002 - every attempt is the same
        if not self.tells(event):
            return ()
        token = self.tokens[event.environment].reveal()
        user = user_of(event, "$mixpanelDistinctId")
        basic = base64.b64encode(f"{token}:".encode()).decode()
        headers = {**http.JSON, "Authorization": f"Basic {basic}"}
        body = write_json([self._event(event, user)])
        told = Request(url=self.url + _IMPORT, headers=headers, body=body)
        profile = self._profile(event, {"$token": token, "$distinct_id": user})
        if not profile:
            return (told,)
        engage = Request(url=self.url + _ENGAGE, headers=http.JSON, body=write_json(profile))
        return (told, engage)

    def judge(self, response: Response) -> Verdict:
        """Of either request: /import counts what it took, /engage says 1 for taken and 0 for not."""
        told = http.json_object(response)
        if response.status in http.SUCCESS:
            if told.get("num_records_imported") == 1 or told.get("status") == 1:
                return DELIVERED
            return http.REJECTED if told.get("status") == 0 else http.UNCONFIRMED
        if response.status == http.BAD_REQUEST and told.get("failed_records"):
            return http.REJECTED
        return http.judge_vendor(response)

    def _event(self, event: Event, user: str) -> dict[str, Any]:
        told = {
            **properties(event),
            "distinct_id": user,
            "time": int(event.occurred_at.timestamp()),
            "$insert_id": event.id,
            "revenue": revenue(event, self.reporting),
        }
        told["aliases"] = (told.get("aliases") or ())[:_MOST_ALIASES]
        return {"event": self.names.of(event), "properties": fitted(present(told), _MOST)}

    def _profile(self, event: Event, whose: dict[str, Any]) -> list[dict[str, Any]]:
        # $ip 0: the address is ours, not the customer's.
        after, usd = status(event), revenue(event, self.reporting)
        updates = [{**whose, "$ip": "0", "$set": {STATUS: after}}] if after else []
        if usd:
            sold = {
                "$time": moment(event.occurred_at),
                "$amount": usd,
                "product_id": event.product_id,
                "store": event.store_name,
                "event_id": event.id,
            }
            updates.append({**whose, "$ip": "0", "$union": {"$transactions": [present(sold)]}})
        return updates


def make(url: str, options: OptionReader) -> Mixpanel:
    """Raise ConfigError when there is no token."""
    return Mixpanel(
        url=options.base(url, REGIONS),
        tokens=options.credentials("token"),
        names=read_names(options),
        reporting=read_reporting(options),
    )
