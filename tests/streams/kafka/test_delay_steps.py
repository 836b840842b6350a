"""How a delay goes down its steps: never early, never long after, nothing of the record changed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.errors import MalformedError
from streams.contracts.step import Out, Record
from streams.contracts.topics import DELAYS, HEADER_DUE_AT, HEADER_TARGET
from streams.kafka.delay_steps import delayed, due_ms, fires_at, released, unix_ms

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OUT = Out(topic="events", key=b"k", value=b"v", headers=(("kind", b"due"),))
_MS = timedelta(milliseconds=1)


def _written(out: Out, at: datetime) -> Record:
    """`out` as it is read again, with the broker's time."""
    assert out.value is not None
    return Record(
        topic=out.topic,
        partition=0,
        offset=0,
        key=out.key,
        value=out.value,
        headers=out.headers,
        timestamp_ms=unix_ms(at),
    )


@pytest.mark.parametrize(
    ("remaining", "topic"),
    [
        (timedelta(0), "delay.5s"),
        (timedelta(seconds=3), "delay.5s"),
        (timedelta(seconds=5), "delay.5s"),
        (timedelta(seconds=59), "delay.5s"),
        (timedelta(seconds=59.5), "delay.1m"),
        (timedelta(minutes=1), "delay.1m"),
        (timedelta(minutes=59), "delay.10m"),
        (timedelta(hours=1), "delay.1h"),
        (timedelta(hours=23, minutes=59), "delay.6h"),
        (timedelta(hours=23, minutes=59, seconds=55), "delay.24h"),
        (timedelta(hours=23), "delay.6h"),
        (timedelta(hours=24), "delay.24h"),
        (timedelta(days=366), "delay.24h"),
    ],
)
def test_a_record_enters_the_longest_step_that_fits(remaining: timedelta, topic: str) -> None:
    assert delayed(OUT, due_at=NOW + remaining, now=NOW).topic == topic


@pytest.mark.parametrize(
    ("delay", "hops"),
    [(timedelta(minutes=5), 5), (timedelta(minutes=30), 3), (timedelta(hours=2), 2)],
)
def test_a_delay_of_whole_steps_takes_no_more_of_them_when_each_comes_out_late(
    delay: timedelta, hops: int
) -> None:
    assert _hops(delay, slow_ms=80) == hops


def _hops(delay: timedelta, slow_ms: int) -> int:
    now, out, hops = NOW, delayed(OUT, due_at=NOW + delay, now=NOW), 0
    while out.topic in DELAYS:
        now += (max(0, fires_at(_written(out, now), now) - unix_ms(now)) + slow_ms) * _MS
        out, hops = released(_written(out, now), now=now), hops + 1
    return hops


def test_key_value_and_headers_are_kept_and_ours_are_added() -> None:
    out = delayed(OUT, due_at=NOW + timedelta(seconds=7), now=NOW)
    assert (out.key, out.value) == (b"k", b"v")
    assert out.headers == (
        ("kind", b"due"),
        (HEADER_TARGET, b"events"),
        (HEADER_DUE_AT, str(unix_ms(NOW) + 7000).encode()),
    )


@given(st.timedeltas(timedelta(0), timedelta(days=400)), st.integers(0, 1500))
def test_it_goes_down_the_steps_and_arrives_when_due_and_as_it_was(
    delay: timedelta, slow_ms: int
) -> None:
    due_at = NOW + delay
    now, out, hops = NOW, delayed(OUT, due_at=due_at, now=NOW), 0
    while out.topic in DELAYS:
        record = _written(out, now)
        wait = max(0, fires_at(record, now) - unix_ms(now))
        now += (wait + slow_ms) * _MS
        out, hops = released(record, now=now), hops + 1
    assert out == OUT
    assert now >= due_at
    assert now - due_at <= (1 + slow_ms) * _MS
    assert hops <= delay // timedelta(days=1) + 3 + 5 + 5 + 9 + 11


def test_what_a_clock_ahead_of_ours_wrote_waits_its_step_from_now_on_and_arrives_when_due() -> None:
    due_at = NOW + timedelta(days=1, seconds=5)
    out = delayed(OUT, due_at=due_at, now=NOW + timedelta(days=1))
    record = _written(out, NOW + timedelta(days=1))

    assert (record.topic, fires_at(record, NOW)) == ("delay.5s", unix_ms(NOW) + 5_000)
    assert released(record, now=NOW + timedelta(seconds=5)).topic == "delay.24h"


def test_what_is_due_between_two_milliseconds_does_not_fire_before() -> None:
    record = _written(delayed(OUT, due_at=NOW + timedelta(microseconds=1500), now=NOW), NOW)
    assert due_ms(record) == unix_ms(NOW) + 2


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((HEADER_TARGET, b"events"),),
        ((HEADER_TARGET, b"events"), (HEADER_DUE_AT, b"soon")),
        ((HEADER_TARGET, b"events"), (HEADER_DUE_AT, "²".encode())),
    ],
)
def test_a_record_without_readable_headers_is_malformed(
    headers: tuple[tuple[str, bytes], ...],
) -> None:
    record = Record(topic="delay.5s", partition=0, offset=0, key=None, value=b"", headers=headers)
    with pytest.raises(MalformedError):
        fires_at(record, NOW)
