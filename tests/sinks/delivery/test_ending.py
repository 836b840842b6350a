"""What becomes of a delivery: the records that say so."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sinks.delivery.attempts import Attempt, AttemptResult, Timing
from sinks.delivery.ending import (
    after_attempt,
    given_up,
    without_attempt,
    without_destination,
)
from sinks.delivery.schedule import RETRIES, Schedule
from sinks.delivery.standing import MISSED
from sinks.destinations.base import DELIVERED, Response, Verdict, VerdictKind
from streams.contracts import topics
from streams.contracts.codec import decode
from streams.contracts.step import Out
from streams.settings.secret import Secret
from tests.sinks.delivery.deliveries import FAILED, GONE, NOW, delivery, plan, tried, webhook

PLAN = plan()


def logged(outs: tuple[Out, ...]) -> Attempt:
    (out,) = [out for out in outs if out.topic == topics.ATTEMPTS]
    assert out.value is not None
    return decode(out.value, Attempt)


def due_seconds(out: Out) -> float:
    return int(dict(out.headers)[topics.HEADER_DUE_AT]) / 1000 - NOW.timestamp()


def header(out: Out, name: str) -> str:
    return dict(out.headers)[name].decode()


def test_what_was_delivered_is_logged_and_nothing_else() -> None:
    answer = Response(status=202, received_at=NOW, body=b"thanks")
    ending = after_attempt(
        delivery(), PLAN, tried(response=answer, timing=Timing(total_ms=12.5, dns_ms=1.5)), NOW
    )
    attempt = logged(ending.outs)

    assert ending.result is AttemptResult.DELIVERED
    assert len(ending.outs) == 1
    assert (attempt.attempt, attempt.status, attempt.response_snippet) == (1, 202, "thanks")
    assert attempt.timing == Timing(total_ms=12.5, dns_ms=1.5)
    assert attempt.event_id == delivery().event.id
    assert attempt.next_at is None


def test_the_first_failure_comes_back_after_five_seconds() -> None:
    ending = after_attempt(delivery(), PLAN, tried(FAILED), NOW)
    attempt, again = logged(ending.outs), ending.outs[1]

    assert ending.result is AttemptResult.RETRY
    assert again.topic == "delay.5s"
    assert header(again, topics.HEADER_TARGET) == topics.DELIVERIES
    assert header(again, "attempt") == "1"
    assert 4.5 <= due_seconds(again) <= 5.5
    assert attempt.next_at is not None
    assert attempt.reason == "http_500"


@pytest.mark.parametrize("attempts", range(1, 9))
def test_each_later_failure_waits_its_step(attempts: int) -> None:
    ending = after_attempt(delivery(attempts=attempts), PLAN, tried(FAILED), NOW)

    step = RETRIES.steps[attempts].total_seconds()
    assert 0.9 * step <= due_seconds(ending.outs[1]) <= 1.1 * step


def test_retry_after_makes_a_wait_longer_and_never_shorter() -> None:
    later = replace(FAILED, after=timedelta(seconds=90))
    sooner = replace(FAILED, after=timedelta(seconds=1))

    assert due_seconds(after_attempt(delivery(), PLAN, tried(later), NOW).outs[1]) == 90
    assert due_seconds(after_attempt(delivery(), PLAN, tried(sooner), NOW).outs[1]) >= 4.5


def test_after_the_last_attempt_it_is_dead_with_the_last_reason() -> None:
    ending = after_attempt(delivery(attempts=9), PLAN, tried(FAILED, detail="x"), NOW)
    dead = ending.outs[1]

    assert ending.result is AttemptResult.DEAD
    assert dead.topic == topics.DELIVERIES_DEAD
    assert header(dead, topics.HEADER_REASON) == "exhausted: http_500"
    assert header(dead, topics.HEADER_ATTEMPT) == "10"
    assert logged(ending.outs).attempt == 10


@pytest.mark.parametrize("verdict", [GONE, Verdict(kind=VerdictKind.DEAD, reason="refused")])
def test_what_the_receiver_will_never_take_is_dead_at_once(verdict: Verdict) -> None:
    ending = after_attempt(delivery(), PLAN, tried(verdict), NOW)

    assert ending.result is AttemptResult.DEAD
    assert header(ending.outs[1], topics.HEADER_REASON) == verdict.reason


def test_a_destination_that_is_gone_at_the_last_attempt_missed_it_and_exhausted_nothing() -> None:
    ending = after_attempt(delivery(attempts=9), plan(), tried(GONE), NOW)

    assert ending.reason in MISSED, "so that resume --replay delivers it"


def test_shadow_is_logged_as_such() -> None:
    ending = after_attempt(delivery(), PLAN, tried(shadow=True), NOW)

    assert ending.result is AttemptResult.SHADOW
    assert logged(ending.outs).status is None


def test_put_off_counts_no_attempt_and_waits_longer_each_time() -> None:
    first = without_attempt(delivery(attempts=2), PLAN, "breaker_open", NOW).outs[0]
    third = without_attempt(delivery(attempts=2, postponed=2), PLAN, "breaker_open", NOW).outs[0]

    assert header(first, "attempt") == header(third, "attempt") == "2"
    assert header(third, "postponed") == "3"
    assert due_seconds(first) < 6
    assert 100 < due_seconds(third) < 140


def test_put_off_for_a_day_it_comes_back_within_the_tenth_of_a_day() -> None:
    old = delivery(postponed=40, first_at=NOW - timedelta(hours=15))
    (out,) = without_attempt(old, PLAN, "breaker_open", NOW).outs

    assert 4_800 < due_seconds(out) < 6_000


def test_the_lane_may_say_when_it_has_room() -> None:
    wait = timedelta(seconds=33)

    assert due_seconds(without_attempt(delivery(), PLAN, "lane_full", NOW, wait).outs[0]) == 33


def test_an_attempt_after_being_put_off_begins_the_count_anew() -> None:
    again = after_attempt(delivery(postponed=5), PLAN, tried(FAILED), NOW).outs[1]

    assert header(again, "postponed") == "0"


def test_what_is_put_off_for_longer_than_the_whole_schedule_is_dead() -> None:
    old = delivery(first_at=NOW - RETRIES.patience)
    ending = without_attempt(old, PLAN, "breaker_open", NOW)

    assert ending.result is AttemptResult.DEAD
    assert header(ending.outs[1], topics.HEADER_REASON) == "exhausted: breaker_open"
    assert logged(ending.outs).result is AttemptResult.DEAD


def test_a_destination_that_is_not_in_the_file_gets_its_retries_time_and_then_is_dead() -> None:
    again = without_destination(delivery(), RETRIES, NOW)
    dead = without_destination(delivery(attempts=9), RETRIES, NOW)

    assert again.result is None
    assert header(again.outs[0], "attempt") == "1"
    assert dead.result is AttemptResult.DEAD
    assert header(dead.outs[1], topics.HEADER_REASON) == "unknown_destination"


def test_a_short_schedule_ends_sooner() -> None:
    short = plan(schedule=Schedule(steps=(timedelta(seconds=1),)))

    assert after_attempt(delivery(), short, tried(FAILED), NOW).result is AttemptResult.RETRY
    assert (
        after_attempt(delivery(attempts=1), short, tried(FAILED), NOW).result is AttemptResult.DEAD
    )


def test_given_up_without_an_attempt_says_how_many_were_made() -> None:
    ending = given_up(delivery(attempts=3), "webhook", "paused", "", NOW)

    assert logged(ending.outs).attempt == 3
    assert header(ending.outs[1], topics.HEADER_REASON) == "paused"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"you sent s3cret!", "you sent ***!"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 10_000, "x" * 500),
        (b"", ""),
    ],
)
def test_what_the_receiver_answered_is_cut_and_our_secrets_masked(body: bytes, shown: str) -> None:
    echoing: Any = plan(destination=webhook(authorization=Secret("s3cret")))
    answer = Response(status=200, received_at=NOW, body=body)

    ending = after_attempt(delivery(), echoing, tried(DELIVERED, response=answer), NOW)

    assert logged(ending.outs).response_snippet == shown


def test_a_page_that_echoes_the_url_shows_neither_it_nor_its_path() -> None:
    one = plan(destination=webhook("https://h.example/in?token=s3cret-and-more"))
    page = b"Cannot POST /in?token=s3cret-and-more at https://h.example/in?token=s3cret-and-more"
    answer = Response(status=404, received_at=NOW, body=page)

    ending = after_attempt(delivery(), one, tried(FAILED, response=answer), NOW)

    assert logged(ending.outs).response_snippet == "Cannot POST *** at ***"


def test_no_record_of_an_attempt_holds_a_secret_or_the_url() -> None:
    secret = plan(destination=webhook("https://h.example/s3cret-path", authorization=Secret("s3")))

    for ending in (
        after_attempt(delivery(), secret, tried(FAILED), NOW),
        given_up(delivery(), secret.type, "paused", "", NOW),
    ):
        assert not [
            out for out in ending.outs if b"s3" in (out.value or b"") + repr(out.headers).encode()
        ]
