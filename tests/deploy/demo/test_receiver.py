"""The demo's backend: it takes what is signed with its secret, keeps it, and tells what came."""

import base64
import hmac
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from deploy.demo.received import Received
from deploy.demo.receiver import application, is_genuine

Client = TestClient[web.Request, web.Application]
_SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
_NOW = datetime(2026, 5, 1, tzinfo=UTC)


def _headers(body: bytes, at: datetime, key: bytes = b"k" * 32) -> dict[str, str]:
    seconds = str(int(at.timestamp()))
    made = hmac.digest(key, f"e1.{seconds}.".encode() + body, "sha256")
    signature = f"v1,{base64.b64encode(made).decode()}"
    return {
        "webhook-id": "e1",
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,AAAA {signature}",
    }


def _body(event_id: str, type_: str = "RENEWAL") -> bytes:
    return orjson.dumps({"api_version": "1.0", "event": {"id": event_id, "type": type_}})


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    with closing(Received(tmp_path / "received.jsonl")) as received:
        async with TestClient(TestServer(application(received, _SECRET))) as made:
            yield made


def test_one_good_signature_among_several_is_enough() -> None:
    assert is_genuine(_headers(b"{}", _NOW), b"{}", _SECRET, _NOW)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (_headers(b"{}", _NOW, key=b"x" * 32), b"{}"),
        (_headers(b"{}", _NOW), b"{ }"),
        (_headers(b"{}", _NOW.replace(year=2025)), b"{}"),
        (_headers(b"{}", _NOW) | {"webhook-id": "e2"}, b"{}"),
        ({}, b"{}"),
    ],
    ids=["another key", "another body", "long ago", "another id", "no signature"],
)
def test_a_wrong_signature_is_not_genuine(headers: dict[str, str], body: bytes) -> None:
    assert not is_genuine(headers, body, _SECRET, _NOW)


async def test_it_counts_events_and_repetitions_and_refuses_forgeries(
    client: Client,
) -> None:
    for body in (_body("a"), _body("b", "EXPIRATION"), _body("a")):
        answer = await client.post(
            "/webhooks", data=body, headers=_headers(body, datetime.now(UTC))
        )
        assert answer.status == 200
    assert (await client.post("/webhooks", data=_body("c"))).status == 401
    told = await (await client.get("/")).json()
    assert (told["delivered"], told["events"], told["repeated"], told["refused"]) == (3, 2, 1, 1)
    assert told["types"] == {"RENEWAL": 1, "EXPIRATION": 1}
    assert await (await client.get("/ids")).json() == {"a": 2, "b": 1}


def test_what_was_answered_is_known_after_a_kill_and_half_a_line_is_not(tmp_path: Path) -> None:
    file = tmp_path / "received.jsonl"
    with closing(Received(file)) as first:
        first.keep(orjson.loads(_body("a")))
    with file.open("ab") as cut_short:
        cut_short.write(_body("b")[:10])
    with closing(Received(file)) as second:
        assert dict(second.times) == {"a": 1}
        second.keep(orjson.loads(_body("b")))
    with closing(Received(file)) as third:
        assert dict(third.times) == {"a": 1, "b": 1}
