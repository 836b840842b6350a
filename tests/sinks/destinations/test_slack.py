"""Slack: conformance, its API's answers, what a person reads, what never stands in a message."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from sinks.destinations.base import Destination, Request, Response, VerdictKind
from sinks.destinations.options import OptionReader
from sinks.destinations.slack import make
from streams.contracts.event import Event, EventType
from streams.contracts.words import Environment, PeriodType, Reason
from tests.sinks.destinations.conformance import NOW, SENDING
from tests.sinks.destinations.integration import ALL_ON, IntegrationConformance, kinds, tell
from tests.sinks.destinations.vendors.slack import PATH, SlackServer
from tests.sinks.destinations.vendors.vendor import Vendor
from tests.sinks.events import event, event_id

URL = f"https://hooks.slack.com{PATH}"


def slack(url: str = URL, **options: Any) -> Destination:  # noqa: ANN401 - any TOML value
    return make(url, OptionReader("destinations[0]", options))


def message(told: Event, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - any TOML value
    (request,) = slack(**options).requests(told, SENDING)
    shown: dict[str, Any] = orjson.loads(request.body)
    return shown


def fields(told: Event) -> dict[str, str]:
    parts = (part["text"].split("\n", 1) for part in message(told)["blocks"][0]["fields"])
    return {title.strip("*"): value for title, value in parts}


class TestSlack(IntegrationConformance):
    def destination(self) -> Destination:
        return slack(event_names=ALL_ON)

    def accepted(self) -> Response:
        return Response(status=200, received_at=NOW, body=b"ok")

    def id_of(self, request: Request) -> str:
        return str(orjson.loads(request.body)["blocks"][0]["block_id"])

    def vendor(self) -> Vendor:
        return SlackServer()

    def at(self, url: str, **options: object) -> Destination:
        return slack(url + PATH, **options)

    def ids_kept(self, vendor: Vendor) -> set[str]:
        return {one["blocks"][0]["block_id"] for one in vendor.kept.values()}


SAID = {
    "started a free trial": event(period_type=PeriodType.TRIAL),
    "started a subscription": event(),
    "converted from a free trial": event(type=EventType.RENEWAL, is_trial_conversion=True),
    "renewed their subscription": event(type=EventType.RENEWAL),
    "cancelled their free trial": event(type=EventType.CANCELLATION, period_type=PeriodType.TRIAL),
    "cancelled their subscription": event(type=EventType.CANCELLATION),
    "got a refund": event(type=EventType.CANCELLATION, cancel_reason=Reason.CUSTOMER_SUPPORT),
    "made a purchase": event(type=EventType.NON_RENEWING_PURCHASE),
    "got a billing issue": event(type=EventType.BILLING_ISSUE),
    "changed their product": event(type=EventType.PRODUCT_CHANGE),
}


@pytest.mark.parametrize(("said", "told"), SAID.items())
def test_each_is_told_in_a_sentence(said: str, told: Event) -> None:
    shown = message(told)

    assert shown["text"] == f"Customer u-42 {said}"
    assert f"Customer `u-42` {said}" in shown["blocks"][0]["text"]["text"]
    assert event_id(1) in shown["blocks"][1]["elements"][0]["text"]


@pytest.mark.parametrize(
    "type_", [EventType.EXPIRATION, EventType.UNCANCELLATION, EventType.SUBSCRIPTION_PAUSED]
)
def test_what_revenuecat_does_not_tell_is_off_until_it_has_a_sentence(type_: EventType) -> None:
    named = slack(event_names={type_.lower(): "moved on"})

    assert not slack().tells(event(type=type_))
    assert named.tells(event(type=type_))


def test_a_purchase_shows_product_revenue_and_price() -> None:
    assert fields(event()) == {
        "Product": "pro:monthly",
        "Revenue": "$8.70",
        "Price": "7.99 EUR",
        "Country": "DE",
    }


def test_a_refund_is_a_sum_under_its_own_title() -> None:
    back = event(
        type=EventType.CANCELLATION,
        cancel_reason=Reason.CUSTOMER_SUPPORT,
        price_micros=-1_234_995_000,
        price_usd_micros=-1_344_000_000,
    )

    assert fields(back).items() >= {"Refunded": "$1,344.00", "Price": "1,235.00 EUR"}.items()


def test_the_sandbox_says_so() -> None:
    shown = message(event(environment=Environment.SANDBOX))

    assert shown["text"].endswith("(sandbox)")
    assert "SANDBOX" in shown["blocks"][1]["elements"][0]["text"]


def test_nobody_is_mentioned_and_nothing_linked_by_a_name() -> None:
    shown = message(event(customer_id="<!channel> `x`\n&", product_id="<https://a.b|pro>"))
    text = str(shown)

    assert "<" not in text
    assert "&lt;!channel&gt; 'x' &amp;" in shown["text"]


def test_no_attribute_of_the_customer_stands_in_it() -> None:
    assert "a@b.co" not in str(message(event()))


async def test_one_message_too_many_waits_as_long_as_slack_says() -> None:
    async with SlackServer(most=1) as vendor:
        first, second = await tell(slack(vendor.url + PATH), event(1), event(2))

    assert kinds([first, second]) == [VerdictKind.DELIVERED, VerdictKind.RETRY]
    assert second.verdict.after == timedelta(seconds=1)
    assert second.verdict.slow


@pytest.mark.parametrize("state", ["archived", "removed"])
async def test_a_channel_or_webhook_that_is_gone_disables_the_destination(state: str) -> None:
    async with SlackServer(state=state) as vendor:
        tried = await tell(slack(vendor.url + PATH), event())

    assert kinds(tried) == [VerdictKind.DISABLE]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"<html>", VerdictKind.RETRY),
        (400, b"invalid_blocks", VerdictKind.DEAD),
        (400, b"<html>400 Bad Request", VerdictKind.RETRY),
        (404, b"channel_not_found", VerdictKind.DISABLE),
        (404, b"<html>404 Not Found", VerdictKind.RETRY),
        (404, b"", VerdictKind.RETRY),
        (403, b"action_prohibited", VerdictKind.RETRY),
        (500, b"rollup_error", VerdictKind.RETRY),
    ],
)
def test_an_answer_is_judged_by_what_it_says(status: int, body: bytes, kind: VerdictKind) -> None:
    answer = Response(status=status, received_at=NOW, body=body)

    assert slack().judge(answer).kind is kind
