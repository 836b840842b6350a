"""The delivery log's record."""

from datetime import timedelta

import pytest

from sinks.delivery.attempts import Attempt, AttemptResult, Timing, attempt_out, snippet
from streams.contracts.codec import decode, read_json
from streams.contracts.topics import ATTEMPTS
from streams.settings.secret import Secret
from tests.sinks.delivery.deliveries import NOW
from tests.sinks.events import event

TOLD = event()
ATTEMPT = Attempt(
    event_id=TOLD.id,
    event_type=TOLD.type,
    destination="mine",
    destination_type="webhook",
    app_id=TOLD.app_id,
    store=TOLD.store,
    environment=TOLD.environment,
    attempt=2,
    started_at=NOW,
    event_received_at=TOLD.received_at,
    result=AttemptResult.RETRY,
    reason="http_500",
    status=500,
    next_at=NOW + timedelta(minutes=5),
    timing=Timing(total_ms=12.5, connect_ms=1.25),
)


def test_it_is_read_back_as_it_was_written() -> None:
    out = attempt_out(ATTEMPT)
    assert out.value is not None

    assert out.topic == ATTEMPTS
    assert decode(out.value, Attempt) == ATTEMPT


def test_in_json_its_words_are_plain() -> None:
    told = read_json(attempt_out(ATTEMPT).value or b"")

    assert told["result"] == "retry"
    assert told["started_at"] == "2026-09-21T14:14:00Z"
    assert told["timing"]["connect_ms"] == 1.25
    assert told["timing"]["dns_ms"] is None


@pytest.mark.parametrize("secret", ["s3cret", "ein Geheimnis mit \u00dc"])
def test_a_secret_that_the_receiver_echoes_is_masked(secret: str) -> None:
    shown = snippet(f"<p>{secret}</p>{secret}".encode(), [Secret(secret)])

    assert shown == "<p>***</p>***"


def test_a_secret_is_masked_before_the_text_is_cut() -> None:
    body = b"x" * 495 + b"s3cret-and-more"

    assert "s3c" not in snippet(body, [Secret("s3cret-and-more")])


def test_the_longest_secret_is_masked_too() -> None:
    secret = "s3cret" * 833

    assert snippet(b"you sent " + secret.encode(), [Secret(secret)]) == "you sent ***"
