"""Segment: conformance, its API's answers, track and identify, sizes."""

from typing import Any

import orjson
import pytest

from sinks.destinations.base import Destination, Request, Response, VerdictKind
from sinks.destinations.options import OptionReader
from sinks.destinations.segment import make
from streams.contracts.errors import ConfigError
from streams.contracts.event import EventType
from streams.contracts.words import Environment, PeriodType
from streams.settings.secret import Secret
from tests.sinks.destinations.conformance import NOW, SENDING
from tests.sinks.destinations.integration import ALL_ON, IntegrationConformance, kinds, tell
from tests.sinks.destinations.vendors.segment import SegmentServer
from tests.sinks.destinations.vendors.vendor import Vendor
from tests.sinks.events import AT, event, event_id

KEY = "write-key-1"


def segment(url: str = "", **options: Any) -> Destination:  # noqa: ANN401 - any TOML value
    return make(url, OptionReader("destinations[0]", {"write_key": Secret(KEY)} | options))


class TestSegment(IntegrationConformance):
    def destination(self) -> Destination:
        return segment(event_names=ALL_ON)

    def accepted(self) -> Response:
        return Response(status=200, received_at=NOW, body=b'{"success":true}')

    def id_of(self, request: Request) -> str:
        return str([one["messageId"] for one in orjson.loads(request.body)["batch"]])

    def vendor(self) -> Vendor:
        return SegmentServer(KEY)

    def at(self, url: str, **options: object) -> Destination:
        return segment(url, **options)

    def ids_kept(self, vendor: Vendor) -> set[str]:
        assert isinstance(vendor, SegmentServer)
        assert not vendor.dropped
        return {one["messageId"] for one in vendor.kept.values() if one["type"] == "track"}


async def test_a_purchase_is_a_track_and_an_identify() -> None:
    async with SegmentServer(KEY) as vendor:
        await tell(segment(vendor.url), event())

    track, identify = vendor.kept[event_id(1)], vendor.kept[f"{event_id(1)}/identify"]
    assert track["event"] == "rc_initial_purchase_event"
    assert track["userId"] == identify["userId"] == "u-42"
    assert track["timestamp"] == "2026-09-21T14:13:20Z"
    assert track["context"]["environment"] == "production"
    assert (
        track["properties"].items()
        >= {
            "revenue": 8.7,
            "currency": "USD",
            "purchased_currency": "EUR",
            "product_id": "pro:monthly",
            "expires_at": 1792592000,
            "environment": "PRODUCTION",
            "entitlement": "pro",
        }.items()
    )
    assert identify["traits"] == {
        "last_seen_app_user_id": "u-42",
        "aliases": ["u-42", "$RCAnonymousID:0af3"],
        "rc_subscription_status": "active",
    }


async def test_a_refund_ends_what_segment_is_told() -> None:
    async with SegmentServer(KEY) as vendor:
        await tell(segment(vendor.url), event(type=EventType.EXPIRATION, occurred_at=AT))

    assert vendor.kept[event_id(1)]["properties"]["expires_at"] == 1790000000


async def test_the_user_is_segments_own_where_it_is_known() -> None:
    known: dict[str, dict[str, str | int]] = {"$segmentId": {"value": "seg-1"}}
    async with SegmentServer(KEY) as vendor:
        await tell(segment(vendor.url), event(attributes=known))

    assert {one["userId"] for one in vendor.kept.values()} == {"seg-1"}


async def test_the_sandbox_says_so_in_its_context() -> None:
    async with SegmentServer(KEY) as vendor:
        await tell(segment(vendor.url), event(environment=Environment.SANDBOX))

    assert {one["context"]["environment"] for one in vendor.kept.values()} == {"sandbox"}


async def test_a_trial_is_worth_nothing_and_its_end_moves_no_money() -> None:
    trial: dict[str, Any] = {"period_type": PeriodType.TRIAL, "price_usd_micros": None}
    async with SegmentServer(KEY) as vendor:
        await tell(segment(vendor.url), event(**trial), event(2, EventType.EXPIRATION, **trial))

    started, ended = vendor.kept[event_id(1)], vendor.kept[event_id(2)]
    assert (started["event"], started["properties"]["revenue"]) == ("rc_trial_started_event", 0)
    assert "revenue" not in ended["properties"]


async def test_a_wrong_write_key_is_tried_again() -> None:
    async with SegmentServer("another") as vendor:
        (tried,) = await tell(segment(vendor.url), event())

    assert (tried.verdict.kind, tried.verdict.reason) == (VerdictKind.RETRY, "http_401")


async def test_what_segment_finds_too_large_is_not_sent_again() -> None:
    async with SegmentServer(KEY) as vendor:
        tried = await tell(segment(vendor.url), event(product_id="p" * 33_000))

    assert kinds(tried) == [VerdictKind.DEAD]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"success":false}', b'{"success":"true"}'])
def test_a_200_without_success_is_no_proof(body: bytes) -> None:
    verdict = segment().judge(Response(status=200, received_at=NOW, body=body))

    assert (verdict.kind, verdict.reason) == (VerdictKind.RETRY, "unconfirmed")


def test_the_region_is_an_address() -> None:
    assert segment().url == "https://api.segment.io/v1/batch"
    assert segment(region="eu").url == "https://events.eu1.segmentapis.com/v1/batch"


def test_a_missing_write_key_is_named() -> None:
    with pytest.raises(ConfigError, match=r"destinations\[0\]\.write_key: is missing"):
        make("", OptionReader("destinations[0]", {}))


def test_an_event_without_a_name_is_no_request() -> None:
    assert segment().requests(event(type=EventType.TRANSFER), SENDING) == ()
