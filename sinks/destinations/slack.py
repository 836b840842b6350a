"""Slack: a message that a person reads, by an incoming webhook, whose url is the secret.

Slack drops no copies, so a message that was sent and not answered may come twice; the event's id
stands at its end. Attributes of the customer never stand in it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sinks.destinations import http
from sinks.destinations.base import (
    DELIVERED,
    Request,
    Response,
    Sending,
    Verdict,
    VerdictKind,
)
from sinks.destinations.naming import NAMES, Names, read_names, word_of
from sinks.destinations.options import OptionReader
from sinks.destinations.properties import moment
from sinks.destinations.revenue import Reporting, is_refund, read_reporting, revenue_micros
from streams.contracts.codec import write_json
from streams.contracts.event import Event
from streams.contracts.money import half_up
from streams.contracts.words import Environment
from streams.settings.secret import Secret

# Option `event_names` holds what is said of the customer. RevenueCat tells no more than these.
SENTENCES: Mapping[str, str] = dict.fromkeys(NAMES, "") | {
    "trial_started": "started a free trial",
    "initial_purchase": "started a subscription",
    "trial_converted": "converted from a free trial",
    "renewal": "renewed their subscription",
    "trial_cancelled": "cancelled their free trial",
    "cancellation": "cancelled their subscription",
    "non_subscription_purchase": "made a purchase",
    "billing_issue": "got a billing issue",
    "product_change": "changed their product",
    "test": "is a test: the connection works",
}
RATE = 1  # message a second, of one webhook
_REFUNDED = "got a refund"
_SIGNS = {
    "cancellation": ":crying_cat_face:",
    "trial_cancelled": ":crying_cat_face:",
    "billing_issue": ":warning:",
    "test": ":satellite_antenna:",
}
_GLAD = ":smiley_cat:"
_MOST = 200  # characters of one value, of the 2,000 that a field may have
_CENT = 10_000  # micros
_NO_SERVICE = 404
# How Slack says why, alone in the body: invalid_blocks, no_service. A proxy's page is not Slack's word.
_WORD = re.compile(rb"[a-z_]{1,100}")
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    url: str = field(repr=False)
    names: Names
    reporting: Reporting

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return (Secret(self.url),)

    def tells(self, event: Event) -> bool:
        return bool(self.names.of(event))

    def requests(self, event: Event, sending: Sending) -> tuple[Request, ...]:  # noqa: ARG002 - every attempt is the same
        if not self.tells(event):
            return ()
        return (Request(url=self.url, headers=http.JSON, body=write_json(self._message(event))),)

    def judge(self, response: Response) -> Verdict:
        said = response.body.strip()
        if response.status in http.SUCCESS:
            return DELIVERED if said == b"ok" else http.UNCONFIRMED
        is_slack_s = _WORD.fullmatch(said) is not None
        if response.status == http.BAD_REQUEST and is_slack_s:
            return http.REJECTED
        if response.status == _NO_SERVICE and is_slack_s:  # the webhook or its channel was removed
            return Verdict(kind=VerdictKind.DISABLE, reason="http_404")
        return http.judge_vendor(response)

    def _message(self, event: Event) -> dict[str, Any]:
        said = _REFUNDED if is_refund(event) else self.names.of(event)
        who = _plain(event.customer_id)
        sandbox = " (sandbox)" if event.environment is Environment.SANDBOX else ""
        sign = _SIGNS.get(word_of(event), _GLAD)
        shown = [_text(f"*{title}*\n{value}") for title, value in self._fields(event).items()]
        section = {
            "type": "section",
            "block_id": event.id,
            "text": _text(f"{sign} Customer `{who}` {_plain(said)}{sandbox}"),
        }
        foot = (
            f"{event.store_name} · {event.environment} · {moment(event.occurred_at)} · {event.id}"
        )
        return {
            "text": f"Customer {who} {_plain(said)}{sandbox}",
            "blocks": [
                {**section, "fields": shown} if shown else section,
                {"type": "context", "elements": [_text(foot)]},
            ],
        }

    def _fields(self, event: Event) -> dict[str, str]:
        micros = revenue_micros(event, self.reporting)
        given = {
            "Product": event.product_id,
            "New product": event.new_product_id,
            "Refunded" if is_refund(event) else "Revenue": _dollars(micros),
            "Price": _price(event) if micros else None,
            "Country": event.country_code,
            "Reason": event.cancel_reason,
        }
        return {title: _plain(value) for title, value in given.items() if value}


def _text(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def _plain(value: str) -> str:
    """Cut, and without what Slack would read as a mention, a link or the end of a quotation."""
    cut = value[:_MOST].replace("`", "'").replace("\n", " ")
    return "".join(_ESCAPED.get(letter, letter) for letter in cut)


def _dollars(micros: int | None) -> str | None:
    return None if micros is None else f"${_amount(micros)}"


def _price(event: Event) -> str | None:
    if event.price_micros is None or event.currency is None:
        return None
    return f"{_amount(event.price_micros)} {event.currency}"


def _amount(micros: int) -> str:
    """Without a sign: what it means stands in its title."""
    whole, cents = divmod(half_up(abs(micros), _CENT), 100)
    return f"{whole:,}.{cents:02}"


def make(url: str, options: OptionReader) -> Slack:
    return Slack(
        url=url,
        names=read_names(options, SENTENCES),
        reporting=read_reporting(options),
    )
