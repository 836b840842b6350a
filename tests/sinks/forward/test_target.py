"""What is posted to the operator's url, and a forward's settings and mistakes."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sinks.delivery.delivery import OpenRecord
from sinks.delivery.plan import Plan, State
from sinks.delivery.schedule import RETRIES
from sinks.destinations.base import Request, Response, Sending, VerdictKind
from sinks.forward.notification import open_record
from sinks.forward.plans import read_forward_plan
from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.raw import RawNotification
from streams.settings.forwards import ForwardSettings
from streams.settings.secret import Secret
from tests.receiver import verify
from tests.sinks.forward.genuine import notification, record_of

NOW = datetime(2026, 11, 1, 10, 0, 3, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"f" * 32).decode()


def plan(url: str = "https://old.example.com/in", **options: Any) -> Plan:  # noqa: ANN401 - any TOML value
    settings = ForwardSettings(
        app_id=AppId("tidepool"),
        store=StoreName("stripe"),
        path="apps[0].stores[1].forward",
        url=url,
        options=options,
    )
    return read_forward_plan(settings)


def request_of(raw: RawNotification, now: datetime = NOW, **options: Any) -> Request:  # noqa: ANN401 - any TOML value
    (delivery,) = open_record(OpenRecord(record_of(raw), read_at=1.0))
    (request,) = plan(**options).destination.requests(delivery.event, Sending(now=now))
    return request


@pytest.mark.parametrize("store", ["app_store", "play_store", "stripe"])
def test_the_bytes_are_the_store_s_and_the_receipt_is_ours(store: str) -> None:
    raw = notification(store)
    request = request_of(raw)

    assert request.method == "POST"
    assert request.body == raw.body
    assert request.headers["Content-Type"] == raw.request_header("content-type")
    assert request.headers["X-Store-Notifications-Receipt"] == raw.receipt_id
    assert request.headers.get("Stripe-Signature") == raw.request_header("stripe-signature")
    assert "Authorization" not in request.headers


def test_with_a_secret_it_is_signed_by_us_too() -> None:
    raw = notification("play_store")
    request = request_of(raw, datetime.now(UTC), secrets=[Secret(SECRET)])

    assert request.headers["webhook-id"] == raw.receipt_id
    assert verify(SECRET, request.headers, request.body)


def test_without_one_it_is_not() -> None:
    assert "webhook-signature" not in request_of(notification()).headers


def test_it_is_judged_and_retried_like_a_webhook() -> None:
    one = plan()
    kinds = [
        one.destination.judge(Response(status=status, received_at=NOW)).kind
        for status in (202, 302, 500, 410)
    ]

    assert one.schedule is RETRIES
    assert kinds == [
        VerdictKind.DELIVERED,
        VerdictKind.RETRY,
        VerdictKind.RETRY,
        VerdictKind.DISABLE,
    ]


def test_every_option() -> None:
    one = plan(
        "http://127.0.0.1:9/",
        allow_private=True,
        allow_insecure=True,
        state="shadow",
        concurrency=3,
        timeout="5s",
        secrets=[Secret(SECRET)],
    )

    assert (one.name, one.type) == ("forward/tidepool/stripe", "forward")
    assert (one.state, one.concurrency) == (State.SHADOW, 3)
    assert (one.timeout, one.allow_private) == (timedelta(seconds=5), True)
    assert one.destination.secrets == (Secret(SECRET),)
    assert SECRET not in repr(one)


@pytest.mark.parametrize(
    ("url", "options", "named"),
    [
        ("http://h.example/", {}, "url: http:// is not encrypted"),
        ("https://10.0.0.1/", {}, "url: 10.0.0.1 is not a public host"),
        ("https://h.example/", {"timeout": "1h"}, "timeout: use 1s to 2m"),
        ("https://h.example/", {"event_types": ["TEST"]}, "event_types: no such option"),
        ("https://h.example/", {"secrets": [Secret("x")]}, "secrets: a secret does not begin"),
        ("https://h.example/", {"state": "off"}, "state: 'off' is not known"),
    ],
)
def test_a_mistake_is_named_with_its_path(url: str, options: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError) as refused:
        plan(url, **options)

    assert f"apps[0].stores[1].forward.{named}" in str(refused.value)
