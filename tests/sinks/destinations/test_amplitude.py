"""Amplitude: conformance, its API's answers, users, projects of their own for the sandbox."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from sinks.destinations.amplitude import make
from sinks.destinations.base import Destination, Request, Response, VerdictKind
from sinks.destinations.options import OptionReader
from streams.contracts.errors import ConfigError
from streams.contracts.event import Event, EventType
from streams.contracts.words import Environment
from streams.settings.secret import Secret
from tests.sinks.destinations.conformance import NOW, SENDING
from tests.sinks.destinations.integration import ALL_ON, IntegrationConformance, kinds, tell
from tests.sinks.destinations.vendors.amplitude import AmplitudeServer
from tests.sinks.destinations.vendors.vendor import Vendor
from tests.sinks.events import AT, event, event_id

KEY, SANDBOX_KEY = "production-key-1", "sandbox-key-2"
ACCEPTED = b'{"code":200,"events_ingested":1,"payload_size_bytes":50}'


def amplitude(url: str = "", **options: Any) -> Destination:  # noqa: ANN401 - any TOML value
    given = {"api_key": Secret(KEY), "sandbox_api_key": Secret(SANDBOX_KEY)} | options
    return make(url, OptionReader("destinations[0]", given))


def body_of(told: Event, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - any TOML value
    (request,) = amplitude(**options).requests(told, SENDING)
    body: dict[str, Any] = orjson.loads(request.body)
    return body


def told_of(told: Event, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - any TOML value
    (one,) = body_of(told, **options)["events"]
    assert isinstance(one, dict)
    return one


class TestAmplitude(IntegrationConformance):
    def destination(self) -> Destination:
        return amplitude(event_names=ALL_ON)

    def accepted(self) -> Response:
        return Response(status=200, received_at=NOW, body=ACCEPTED)

    def id_of(self, request: Request) -> str:
        return str(orjson.loads(request.body)["events"][0]["insert_id"])

    def vendor(self) -> Vendor:
        return AmplitudeServer(KEY, SANDBOX_KEY)

    def at(self, url: str, **options: object) -> Destination:
        return amplitude(url, **options)

    def ids_kept(self, vendor: Vendor) -> set[str]:
        return {one["insert_id"] for one in vendor.kept.values()}


def test_an_initial_purchase_as_revenuecat_sends_it() -> None:
    one = told_of(event())

    assert one["event_type"] == "rc_initial_purchase_event"
    assert one["insert_id"] == event_id(1)
    assert one["time"] == AT.timestamp() * 1000
    assert (one["revenue"], one["productId"]) == (8.7, "pro:monthly")
    assert one["user_properties"] == {"rc_subscription_status": "active"}
    assert (
        one["event_properties"].items()
        >= {
            "environment": "PRODUCTION",
            "store": "PLAY_STORE",
            "period_type": "NORMAL",
            "product_id": "pro:monthly",
            "currency": "EUR",
            "revenue": 8.7,
            "purchased_at": "2026-09-21T14:13:20Z",
            "expiration_at": "2026-10-21T14:13:20Z",
            "app_user_id": "u-42",
            "original_app_user_id": "$RCAnonymousID:0af3",
            "presented_offering_id": None,
        }.items()
    )
    assert one["event_properties"]["entitlement_ids"] == ["pro"]
    assert one["event_properties"]["subscriber_attributes"] == {"$email": "a@b.co"}


@pytest.mark.parametrize(
    ("attributes", "user"),
    [
        ({}, {"user_id": "u-42"}),
        ({"$amplitudeUserId": "amp"}, {"user_id": "amp"}),
        ({"$amplitudeDeviceId": "dev"}, {"device_id": "dev"}),
        (
            {"$amplitudeUserId": "amp", "$amplitudeDeviceId": "dev"},
            {"user_id": "amp", "device_id": "dev"},
        ),
        ({"$amplitudeUserId": " "}, {"user_id": "u-42"}),
    ],
)
def test_the_user_is_amplitudes_own_where_it_is_known(
    attributes: dict[str, str], user: dict[str, str]
) -> None:
    set_: dict[str, dict[str, str | int]] = {
        name: {"value": value, "updated_at_ms": 1} for name, value in attributes.items()
    }
    one = told_of(event(attributes=set_))

    assert {name: one[name] for name in ("user_id", "device_id") if name in one} == user


def test_sandbox_has_a_key_of_its_own() -> None:
    assert body_of(event())["api_key"] == KEY
    assert body_of(event(environment=Environment.SANDBOX))["api_key"] == SANDBOX_KEY


def test_without_a_sandbox_key_the_sandbox_is_not_told() -> None:
    only = make("", OptionReader("destinations[0]", {"api_key": Secret(KEY)}))
    sandbox = event(environment=Environment.SANDBOX)

    assert not only.tells(sandbox)
    assert only.requests(sandbox, SENDING) == ()


def test_the_region_is_an_address_and_a_url_is_another() -> None:
    assert amplitude().url == "https://api2.amplitude.com/2/httpapi"
    assert amplitude(region="EU").url == "https://api.eu.amplitude.com/2/httpapi"
    assert amplitude("https://proxy.example/amp/").url == "https://proxy.example/amp/2/httpapi"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"api_key": None}, r"destinations\[0\]\.api_key: is missing: write {env"),
        ({"api_key": "literal"}, r"destinations\[0\]\.api_key: write {env"),
        ({"region": "mars"}, r"destinations\[0\]\.region: 'mars' is not known: use us, eu"),
        ({"revenue": "net"}, r"destinations\[0\]\.revenue: 'net' is not known: use gross"),
        ({"event_names": "x"}, r"destinations\[0\]\.event_names: write a table"),
        ({"event_names": {"renewal": 3}}, r"destinations\[0\]\.event_names\.renewal: write"),
    ],
)
def test_a_mistake_is_named_with_its_field(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        amplitude(**options)


async def test_a_wrong_key_may_be_mended_so_it_is_tried_again() -> None:
    async with AmplitudeServer("another-key") as vendor:
        (tried,) = await tell(amplitude(vendor.url), event())

    assert tried.verdict.kind is VerdictKind.RETRY
    assert tried.verdict.reason == "http_400"
    assert not vendor.kept


async def test_an_event_that_amplitude_names_as_bad_is_not_sent_again() -> None:
    async with AmplitudeServer(KEY) as vendor:
        tried = await tell(amplitude(vendor.url), event(customer_id="anonymous"), event(2))

    assert kinds(tried) == [VerdictKind.DEAD, VerdictKind.DELIVERED]
    assert tried[0].verdict.reason == "rejected"


async def test_a_user_who_sends_too_much_waits_and_slows_nobody() -> None:
    async with AmplitudeServer(KEY, rate=1) as vendor:
        first, second, other = await tell(
            amplitude(vendor.url), event(1), event(2), event(3, customer_id="u-43")
        )

    assert kinds([first, second, other]) == [
        VerdictKind.DELIVERED,
        VerdictKind.RETRY,
        VerdictKind.DELIVERED,
    ]
    assert second.verdict.after == timedelta(seconds=30)
    assert not second.verdict.slow


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"code":200,"events_ingested":0}', b"[]", b'{"ok":1}']
)
def test_a_200_that_does_not_say_that_it_was_taken_is_no_proof(body: bytes) -> None:
    verdict = amplitude().judge(Response(status=200, received_at=NOW, body=body))

    assert (verdict.kind, verdict.reason) == (VerdictKind.RETRY, "unconfirmed")


def test_what_is_too_large_stays_so() -> None:
    verdict = amplitude().judge(Response(status=413, received_at=NOW))

    assert (verdict.kind, verdict.reason) == (VerdictKind.DEAD, "http_413")


def test_no_money_no_revenue() -> None:
    off = told_of(event(type=EventType.EXPIRATION))

    assert "revenue" not in off
    assert off["event_properties"]["revenue"] is None
