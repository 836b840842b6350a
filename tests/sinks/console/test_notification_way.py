"""The stages of a notification's way: which there are, with which time, and what is said without one."""

from datetime import datetime, timedelta
from typing import Any

from sinks.console.notification_queries import AttemptOf, Found, KeptRow, OutcomeOf, Times
from sinks.console.notification_way import Stage, way
from sinks.console.told import Told
from streams.contracts import topics
from streams.contracts.words import Origin
from tests.sinks.console.test_sentences import AT, BARE

MS = timedelta(milliseconds=1)
Fields = Any  # of a row


def row(**more: Fields) -> KeptRow:
    told: dict[str, Fields] = {
        "topic": topics.RAW,
        "app_id": "tide",
        "store": "stripe",
        "received_at": AT,
        "receipt_id": "r-1",
        "source": "notifications.raw:0:0",
        "origin": Origin.NOTIFICATION.value,
        "environments": ("PRODUCTION",),
        "token_hint": "a1b2c3",
        "reason": "",
        "detail": "",
        "request_headers": (),
        "written_at": AT + 900 * MS,
        "body": "",
    }
    return KeptRow(**(told | more))


def outcome(kind: str, **more: Fields) -> OutcomeOf:
    told: dict[str, Fields] = {
        **dict.fromkeys(("app_id", "store", "notification_id", "notification_type"), ""),
        **dict.fromkeys(("purchase_key", "customer_id", "environment", "reason", "detail"), ""),
        **dict.fromkeys(("tracked", "connection_check", "unknown"), False),
        "kind": kind,
        "received_at": AT,
        "origin": Origin.NOTIFICATION.value,
        "occurred_at": AT - 2_000 * MS,
        "events": 1,
        "written_at": AT + 1_000 * MS,
    }
    return OutcomeOf(**(told | more))


def event(name: str, **more: Fields) -> Told:
    return Told(**(BARE | {"event_id": name, "type": "RENEWAL"} | more))


def attempt(event_id: str, result: str, at: datetime, destination: str = "backend") -> AttemptOf:
    return AttemptOf(
        destination=destination,
        event_id=event_id,
        started_at=at,
        attempt=1,
        result=result,
        status=None,
        reason="timeout" if result != "delivered" else "",
        next_at=None,
        total_ms=50.0,
        dns_ms=None,
        connect_ms=None,
        tls_ms=None,
        first_byte_ms=None,
        reused=False,
        replay=False,
    )


def named(found: Found, name: str) -> Stage:
    (stage,) = (one for one in way(found) if one.name == name)
    return stage


def test_each_stage_counts_from_the_receipt() -> None:
    times = Times(event_id="e", matched_at=AT + 40 * MS, visible_at=AT + 2_400 * MS)
    found = Found(
        rows=(row(),),
        outcomes=(outcome("matched"),),
        events=(event("e"),),
        times=(times,),
        attempts=(attempt("e", "delivered", AT + 60 * MS),),
    )
    assert [(one.name, one.after_ms) for one in way(found)] == [
        ("At the store", -2_000),
        ("Received", 0),
        ("Outcome: matched", 1_000),
        ("Told as events", 40),
        ("Delivered to backend", 110),
        ("Visible in charts", 2_400),
    ]


def test_a_destination_is_done_when_it_has_accepted_every_event() -> None:
    events = (event("e"), event("f"))
    half = (attempt("e", "delivered", AT), attempt("f", "retry", AT + MS))
    stage = named(Found(rows=(row(),), events=events, attempts=half), "Delivered to backend")
    assert (stage.at, stage.bad) == (None, False)
    assert "1 of 2" in stage.words
    assert "timeout" in stage.words
    whole = (*half, attempt("f", "delivered", AT + 9 * MS), attempt("f", "delivered", AT + 99 * MS))
    stage = named(Found(rows=(row(),), events=events, attempts=whole), "Delivered to backend")
    assert stage.after_ms == 59  # a later replay of it changes nothing


def test_each_destination_has_its_stage_and_one_that_gave_up_is_bad() -> None:
    tries = (attempt("e", "dead", AT), attempt("e", "shadow", AT, "mirror"))
    found = Found(rows=(row(),), events=(event("e"),), attempts=tries)
    assert named(found, "Delivered to backend").bad
    assert "In shadow" in named(found, "Delivered to mirror").words


def test_what_was_applied_after_waiting_says_that_no_time_is_kept() -> None:
    waited = outcome("matched", origin=Origin.PARKED.value)
    found = Found(
        rows=(row(),),
        outcomes=(outcome("parked"), waited),
        events=(event("e", written_at=AT + 7_000 * MS),),
    )
    assert named(found, "Told as events").at is None
    assert "no time is kept" in named(found, "Told as events").words
    assert "waited until its purchase was tracked" in named(found, "Outcome: matched").words
    assert named(found, "Visible in charts").after_ms == 7_000


def test_a_replay_is_a_stage_and_what_came_of_it_says_so() -> None:
    again = row(origin=Origin.REPLAY.value, written_at=AT + timedelta(days=1))
    found = Found(
        rows=(row(), again), outcomes=(outcome("rejected"), outcome("bug", origin="replay"))
    )
    assert named(found, "Replayed").at == AT + timedelta(days=1)
    assert named(found, "Outcome: rejected").bad
    assert "This was a replay" in named(found, "Outcome: bug").words
