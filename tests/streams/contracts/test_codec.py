"""The codec: typed both ways, and errors that name the field."""

from datetime import UTC, datetime

import pytest

from streams.contracts.codec import decode, encode, read_json, write_json
from streams.contracts.errors import MalformedError
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.purchase import KeyWanted
from streams.contracts.raw import RawNotification, raw_headers, read_raw
from streams.contracts.snapshot import Transaction
from streams.contracts.step import Record
from streams.contracts.words import Environment, Origin

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def test_a_record_comes_back_equal() -> None:
    outcome = Outcome(
        kind=OutcomeKind.PARKED,
        app_id=AppId("a"),
        store=StoreName("stripe"),
        received_at=NOW,
        receipt_id=ReceiptId("r"),
        origin=Origin.NOTIFICATION,
        environment=Environment.SANDBOX,
    )

    assert decode(encode(outcome), Outcome) == outcome


def test_a_wrong_field_is_named_by_its_path() -> None:
    with pytest.raises(MalformedError, match=r"^app_id: expected a string"):
        decode(b'{"kind":"parked","app_id":7}', Outcome)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (KeyWanted, {"issuer": "i", "key_id": "k", "wanted_at": "2026-11-23T12:00:00Z"}),
        (
            Transaction,
            {
                **dict.fromkeys(
                    ("transaction_id", "original_transaction_id", "fact", "product_id", "period"),
                    "1",
                ),
                "kind": "renewal",
                "purchased_at": "2026-11-23T12:00:00Z",
                "expires_at": None,
                "list_price": {"micros": 1, "currency": "USD"},
                "resubscribe": True,
            },
        ),
    ],
)
def test_a_field_that_an_older_process_still_sends_is_passed_over(
    kind: type[object], told: dict[str, object]
) -> None:
    read = decode(write_json(told), kind)
    kept = read_json(encode(read))
    assert kept.items() <= told.items()
    assert set(told) - set(kept) <= {"wanted_at", "list_price", "resubscribe"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"nope", b"[" * 100_000])
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        read_json(body)


@pytest.mark.parametrize(("opened", "closed"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_what_is_too_deep_is_malformed(opened: bytes, closed: bytes) -> None:
    """Anybody who knows a token can post it: as a defect of ours, twenty would end verify."""
    deep = b'{"unread":' + opened * 100_000 + b"1" + closed * 100_000 + b"}"

    with pytest.raises(MalformedError, match="nested too deeply"):
        decode(deep, Outcome)


def test_a_raw_notification_keeps_its_body_to_the_byte() -> None:
    raw = RawNotification(
        receipt_id=ReceiptId("r"),
        app_id=AppId("a"),
        store=StoreName("stripe"),
        environments=(Environment.PRODUCTION,),
        token_hint="abc123",
        received_at=NOW,
        origin=Origin.NOTIFICATION,
        request_headers=(("content-type", "application/json"), ("stripe-signature", "t=1,v1=é")),
        body=b"\x00\xff {not json}\n",
    )
    record = Record(
        topic="notifications.raw",
        partition=0,
        offset=0,
        key=None,
        value=raw.body,
        headers=raw_headers(raw),
    )

    assert read_raw(record) == raw


def test_a_record_without_its_envelope_is_malformed() -> None:
    with pytest.raises(MalformedError, match="header 'raw'"):
        read_raw(Record(topic="t", partition=0, offset=0, key=None, value=b""))
