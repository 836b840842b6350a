"""Mixpanel: conformance, its API's answers, the profile, what makes a copy a copy."""

import base64
from typing import Any

import orjson
import pytest

from sinks.destinations.base import Destination, Request, Response, VerdictKind
from sinks.destinations.mixpanel import make
from sinks.destinations.options import OptionReader
from streams.contracts.errors import ConfigError
from streams.contracts.event import Event, EventType
from streams.contracts.words import Environment, Reason
from streams.settings.secret import Secret
from tests.sinks.destinations.conformance import NOW, SENDING
from tests.sinks.destinations.integration import ALL_ON, IntegrationConformance, kinds, tell
from tests.sinks.destinations.vendors.mixpanel import MixpanelServer
from tests.sinks.destinations.vendors.vendor import Vendor
from tests.sinks.events import AT, event, event_id

TOKEN, SANDBOX_TOKEN = "production-token", "sandbox-token"
STATUS = {"rc_subscription_status": "active"}


def mixpanel(url: str = "", **options: Any) -> Destination:  # noqa: ANN401 - any TOML value
    given = {"token": Secret(TOKEN), "sandbox_token": Secret(SANDBOX_TOKEN)} | options
    return make(url, OptionReader("destinations[0]", given))


def server(**fields: Any) -> MixpanelServer:  # noqa: ANN401 - any of its settings
    return MixpanelServer(TOKEN, SANDBOX_TOKEN, now=NOW, **fields)


def refund(**fields: Any) -> Event:  # noqa: ANN401 - any field of Event
    paid = {"price_micros": -7_990_000, "price_usd_micros": -8_700_000}
    why = {"cancel_reason": Reason.CUSTOMER_SUPPORT, "refund_id": "rf-1"}
    return event(**({"type": EventType.CANCELLATION} | paid | why | fields))


class TestMixpanel(IntegrationConformance):
    def destination(self) -> Destination:
        return mixpanel(event_names=ALL_ON)

    def accepted(self) -> Response:
        body = b'{"code":200,"num_records_imported":1,"status":"OK"}'
        return Response(status=200, received_at=NOW, body=body)

    def id_of(self, request: Request) -> str:
        (first, *others) = orjson.loads(request.body)
        if "properties" in first:
            return str(first["properties"]["$insert_id"])
        (transaction,) = others[0]["$union"]["$transactions"]
        return str(transaction["event_id"])

    def vendor(self) -> Vendor:
        return server()

    def at(self, url: str, **options: object) -> Destination:
        return mixpanel(url, **options)

    def ids_kept(self, vendor: Vendor) -> set[str]:
        return {one["properties"]["$insert_id"] for one in vendor.kept.values()}


async def test_a_purchase_reaches_events_and_profile() -> None:
    async with server() as vendor:
        await tell(mixpanel(vendor.url), event())

    ((key, one),) = vendor.kept.items()
    assert key == (TOKEN, "rc_initial_purchase_event", int(AT.timestamp()), "u-42", event_id(1))
    assert one["properties"]["revenue"] == 8.7
    assert one["properties"]["product_id"] == "pro:monthly"
    assert "presented_offering_id" not in one["properties"], "null says nothing here"
    assert vendor.profiles[TOKEN, "u-42"] == {
        **STATUS,
        "$transactions": [
            {
                "$time": "2026-09-21T14:13:20Z",
                "$amount": 8.7,
                "product_id": "pro:monthly",
                "store": "PLAY_STORE",
                "event_id": event_id(1),
            }
        ],
    }


async def test_a_copy_leaves_one_transaction_and_a_refund_is_a_negative_one() -> None:
    async with server() as vendor:
        await tell(mixpanel(vendor.url), event(), event(), refund(number=2))

    profile = vendor.profiles[TOKEN, "u-42"]
    assert [one["$amount"] for one in profile["$transactions"]] == [8.7, -8.7]
    assert profile["rc_subscription_status"] == "cancelled"


def test_what_says_nothing_of_the_customer_is_one_request() -> None:
    assert len(mixpanel().requests(event(type=EventType.PRODUCT_CHANGE), SENDING)) == 1


async def test_the_distinct_id_is_mixpanels_own_where_it_is_known() -> None:
    known: dict[str, dict[str, str | int]] = {"$mixpanelDistinctId": {"value": "mp-1"}}
    async with server() as vendor:
        await tell(mixpanel(vendor.url), event(attributes=known))

    assert vendor.profiles.keys() == {(TOKEN, "mp-1")}


async def test_sandbox_goes_to_its_own_project_or_nowhere() -> None:
    sandbox = event(environment=Environment.SANDBOX)
    async with server() as vendor:
        await tell(mixpanel(vendor.url), sandbox)

    assert {key[0] for key in vendor.kept if isinstance(key, tuple)} == {SANDBOX_TOKEN}
    assert not make("", OptionReader("destinations[0]", {"token": Secret(TOKEN)})).tells(sandbox)


async def test_a_placeholder_for_a_user_is_rejected_for_good() -> None:
    async with server() as vendor:
        tried = await tell(mixpanel(vendor.url), event(customer_id="anonymous"))

    assert kinds(tried) == [VerdictKind.DEAD]
    assert vendor.asked == 1, "no profile of an event that was not taken"


async def test_a_wrong_token_and_too_many_events_are_tried_again() -> None:
    async with MixpanelServer("another", now=NOW) as wrong, server(most=0) as busy:
        (refused,) = await tell(mixpanel(wrong.url), event())
        (limited,) = await tell(mixpanel(busy.url), event())

    assert (refused.verdict.kind, refused.verdict.reason) == (VerdictKind.RETRY, "http_401")
    assert limited.verdict.kind is VerdictKind.RETRY
    assert limited.verdict.slow


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"status":1,"error":null}', VerdictKind.DELIVERED),
        (b'{"status":0,"error":"token, missing or empty"}', VerdictKind.DEAD),
        (b'{"code":200,"num_records_imported":0,"status":"OK"}', VerdictKind.RETRY),
        (b"1", VerdictKind.RETRY),
    ],
)
def test_a_200_is_judged_by_what_it_says(body: bytes, kind: VerdictKind) -> None:
    assert mixpanel().judge(Response(status=200, received_at=NOW, body=body)).kind is kind


def test_a_400_without_a_failed_record_is_no_word_on_the_event() -> None:
    answer = Response(status=400, received_at=NOW, body=b'{"code":400,"error":"malformed"}')

    assert mixpanel().judge(answer).kind is VerdictKind.RETRY


def test_the_token_is_the_user_of_basic_auth_and_stands_in_no_event() -> None:
    told, engage = mixpanel().requests(event(), SENDING)

    assert (
        told.headers["Authorization"] == "Basic " + base64.b64encode(f"{TOKEN}:".encode()).decode()
    )
    assert TOKEN.encode() not in told.body
    assert "Authorization" not in engage.headers


@pytest.mark.parametrize(("region", "host"), [("us", "api"), ("eu", "api-eu"), ("in", "api-in")])
def test_the_region_is_an_address(region: str, host: str) -> None:
    assert mixpanel(region=region).url == f"https://{host}.mixpanel.com"


def test_a_missing_token_is_named() -> None:
    with pytest.raises(ConfigError, match=r"destinations\[0\]\.token: is missing"):
        make("", OptionReader("destinations[0]", {}))
