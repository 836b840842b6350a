"""A replayed notification on its way through the four steps: applied as it would have been, no label moved."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.demo.signers.stripe import HEADER, signature_header
from sinks.console.notification_queries import KeptRow
from sinks.console.replay import replayed
from streams.agents import Context
from streams.contracts import topics
from streams.contracts.codec import decode, read_json, write_json
from streams.contracts.ids import AppId, StoreName
from streams.contracts.outcome import LastReceived, OutcomeKind
from streams.contracts.project import App, AppStore, Keyring, Project
from streams.contracts.words import Origin
from tests.e2e.in_memory import Pipeline

FIXTURE = Path(__file__).parents[2] / "fixtures/stripe/invoice.paid.create.json"
APP, STRIPE = AppId("tide"), StoreName("stripe")
SECRET = "whsec_the_right_one_of_it"
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
BODY = write_json(read_json(FIXTURE.read_bytes())["payload"])


def pipeline(secret: str) -> Pipeline:
    """One app of Stripe that tracks whatever it is told of."""
    store = AppStore(store=STRIPE, track_new="anonymous")
    project = Project(name="p", sha256="", apps=(App(app_id=APP, name="Tide", stores=(store,)),))
    keyring = Keyring(secrets={(APP, STRIPE): (secret,)})
    return Pipeline(Context(project=project, now=lambda: NOW, keyring=keyring))


def row() -> KeptRow:
    """As ClickHouse keeps it: received half an hour ago, signed with the right secret."""
    at = NOW - timedelta(minutes=30)
    return KeptRow(
        topic=topics.RAW,
        app_id=APP,
        store=STRIPE,
        received_at=at,
        receipt_id="r-1",
        source="notifications.raw:0:0",
        origin=Origin.NOTIFICATION.value,
        environments=("PRODUCTION", "SANDBOX"),
        token_hint="a1b2c3",
        reason="",
        detail="",
        request_headers=((HEADER.lower(), signature_header(BODY, [SECRET], at)),),
        written_at=at,
        body=b64encode(BODY).decode(),
    )


def labels(path: Pipeline) -> list[LastReceived]:
    return [decode(record.value, LastReceived) for record in path.out[topics.LAST_RECEIVED]]


def test_with_the_right_secret_it_is_applied_and_last_received_stays() -> None:
    path = pipeline(SECRET)
    path.put(replayed(row()))
    outcomes = [one for one in path.outcomes if one.receipt_id == "r-1"]
    assert {one.kind for one in outcomes} == {OutcomeKind.MATCHED}
    assert {one.origin for one in outcomes} == {Origin.REPLAY}
    assert path.events
    assert all(label.last_received_at is None for label in labels(path))


def test_its_events_are_those_that_it_would_have_had_at_once() -> None:
    at_once, later = pipeline(SECRET), pipeline(SECRET)
    pushed = replayed(row())
    envelope = read_json(dict(pushed.headers)["raw"]) | {"origin": "notification"}
    at_once.put(replace(pushed, headers=(("raw", write_json(envelope)),)))
    later.put(pushed)
    assert [event.id for event in later.events] == [event.id for event in at_once.events]
    assert labels(at_once)[-1].last_received_at is not None


@pytest.mark.parametrize("times", [1, 3])
def test_with_a_wrong_secret_it_is_refused_again_however_often(times: int) -> None:
    path = pipeline("whsec_another_one_of_it")
    for _ in range(times):
        path.put(replayed(row()))
    assert [one.reason for one in path.outcomes] == ["signature"] * times
    assert len(path.out[topics.DEAD]) == times
    assert path.events == []
    assert all(label.last_rejected_at is None for label in labels(path))
