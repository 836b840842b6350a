"""The webhook: conformance, signatures a stranger can verify, headers, settings."""

import base64
import hmac
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from sinks.destinations.base import Destination, Request, Response, Sending, VerdictKind
from sinks.destinations.options import OptionReader
from sinks.destinations.webhook import make
from streams.contracts.errors import ConfigError
from streams.settings.secret import Secret
from tests.receiver import verify
from tests.sinks.destinations.conformance import NOW, SENDING, DestinationConformance
from tests.sinks.events import event, event_id

NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
URL = "https://hooks.example.com/in"


def webhook(**options: Any) -> Destination:  # noqa: ANN401 - any TOML value
    return make(URL, OptionReader("destinations[0]", options))


def sent(destination: Destination, sending: Sending = SENDING) -> Request:
    (request,) = destination.requests(event(), sending)
    return request


class TestWebhook(DestinationConformance):
    def destination(self) -> Destination:
        return webhook(
            secrets=[Secret(NEW), Secret(OLD)],
            revenuecat_secrets=[Secret("rc-secret")],
            authorization=Secret("Bearer s3cret"),
        )

    def accepted(self) -> Response:
        return Response(status=204, received_at=NOW)

    def id_of(self, request: Request) -> str:
        return request.headers["webhook-id"]


def test_while_a_rotation_overlaps_both_secrets_verify() -> None:
    live = Sending(now=datetime.now(UTC))
    request = sent(webhook(secrets=[Secret(NEW), Secret(OLD)]), live)

    assert verify(NEW, request.headers, request.body)
    assert verify(OLD, request.headers, request.body)
    assert not verify(
        "whsec_" + base64.b64encode(b"x" * 32).decode(), request.headers, request.body
    )
    assert not verify(NEW, request.headers, request.body + b" ")


def test_the_id_is_the_events_and_the_time_is_the_attempts() -> None:
    request = sent(webhook(secrets=[Secret(NEW)]))

    assert request.headers["webhook-id"] == event_id(1)
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, VerdictKind.DELIVERED),
        (201, VerdictKind.RETRY),
        (202, VerdictKind.RETRY),
        (204, VerdictKind.RETRY),
        (302, VerdictKind.RETRY),
        (410, VerdictKind.DISABLE),
    ],
)
def test_in_the_profile_revenuecat_only_200_is_success(status: int, kind: VerdictKind) -> None:
    answer = Response(status=status, received_at=NOW)

    assert webhook(profile="revenuecat").judge(answer).kind is kind
    if status < 300:
        assert webhook().judge(answer).kind is VerdictKind.DELIVERED


def test_without_a_secret_there_is_no_signature_and_still_an_id() -> None:
    headers = sent(webhook()).headers

    assert "webhook-signature" not in headers
    assert headers["webhook-id"] == event_id(1)
    assert "Authorization" not in headers
    assert "X-RevenueCat-Webhook-Signature" not in headers


def test_revenuecats_header_is_hex_over_time_and_body_with_the_oldest_secret_last() -> None:
    request = sent(webhook(revenuecat_secrets=[Secret("new"), Secret("old")]))

    time, new, old = request.headers["X-RevenueCat-Webhook-Signature"].split(",")
    signed = f"{int(NOW.timestamp())}.".encode() + request.body

    assert time == f"t={int(NOW.timestamp())}"
    assert new == "v1=" + hmac.new(b"new", signed, sha256).hexdigest()
    assert old == "v1=" + hmac.new(b"old", signed, sha256).hexdigest()


def test_the_authorization_header_is_sent_as_it_is() -> None:
    request = sent(webhook(authorization=Secret("Token a b")))

    assert request.headers["Authorization"] == "Token a b"


def test_a_replay_says_that_it_is_one_and_keeps_the_id() -> None:
    request = sent(webhook(), Sending(now=NOW, replay=True))

    assert request.headers["X-Store-Notifications-Replay"] == "true"
    assert request.headers["webhook-id"] == event_id(1)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"secrets": [Secret("plain")]}, "destinations[0].secrets: a secret does not begin"),
        ({"secrets": [Secret("whsec_!!!!")]}, "not base64"),
        ({"secrets": [Secret("whsec_c2hvcnQ=")]}, "holds 5 bytes"),
        ({"secrets": Secret(NEW)}, "write a list"),
        ({"secrets": ["whsec_literal"]}, "write a list"),
        ({"authorization": Secret("a\nb")}, "destinations[0].authorization"),
        ({"authorization": Secret("a" * 5001)}, "destinations[0].authorization"),
        ({"authorization": Secret("\u00e9")}, "printable ASCII"),
    ],
)
def test_what_can_not_be_sent_is_refused_at_start_without_showing_it(
    options: dict[str, Any], names: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        webhook(**options)

    assert names in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "plain" not in str(refused.value)
