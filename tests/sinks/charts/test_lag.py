"""How long it took from the store to the charts, by hand, with literals."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from clickhouse_connect.driver.client import Client

from sinks.charts.event_times import EVENT_TIMES, visible
from sinks.charts.rows import read_batch
from sinks.charts.writer import Writer
from streams.contracts.event import Event
from streams.contracts.words import Origin
from streams.observe import clock
from tests.sinks.charts import records
from tests.sinks.charts.asking import told
from tests.sinks.charts.story import Story, moment, record

RECEIVED = moment("2026-01-10 12:00")


def ms(number: int) -> timedelta:
    return timedelta(milliseconds=number)


def event(number: int, *, occurred: datetime, **more: Any) -> Event:  # noqa: ANN401 - any field of Event
    story = Story(str(number), store=more.pop("store", "app_store"))
    return story.pays(
        "2026-01-10", "2026-02-10", "9.99", occurred_at=occurred, received_at=RECEIVED, **more
    )


def see(client: Client, event: Event, matched: datetime, at: datetime) -> None:
    """The charts were folded with it at that time."""
    published = replace(record(event), timestamp_ms=round(matched.timestamp() * 1000))
    rows = visible(read_batch([published]).times, at)
    for row in rows:
        client.insert(EVENT_TIMES, [list(row.values())], column_names=list(row))


def lag(client: Client, columns: str, **asked: str) -> list[tuple[object, ...]]:
    return told(client, "lag", columns, "2026-01-01", "2026-01-31", **asked)


def test_each_stage_is_measured_from_our_door_and_the_whole_from_the_store(
    client: Client, writer: Writer
) -> None:
    one = event(1, occurred=RECEIVED - ms(900))
    see(client, one, RECEIVED + ms(40), RECEIVED + ms(300))
    writer.write(
        [
            records.attempt(event_id=one.id, started_at=RECEIVED + ms(5_000)),
            records.attempt(event_id=one.id, started_at=RECEIVED + ms(60), destination="first"),
        ]
    )
    columns = "events occurred_to_received_ms_p50 received_to_matched_ms_p50 delivered"
    more = "received_to_delivered_ms_p50 received_to_visible_ms_p50 occurred_to_visible_ms_p50"
    found = lag(client, f"{columns} {more}")
    assert found == [(1, 900, 40, 1, 72, 300, 1200)]


def test_percentiles_are_by_store_and_by_origin(client: Client) -> None:
    for number in range(100):
        one = event(number, occurred=RECEIVED)
        see(client, one, RECEIVED + ms(number), RECEIVED + ms(100 + number))
    slow = event(200, occurred=RECEIVED - timedelta(hours=1), origin=Origin.REFRESH)
    see(client, slow, RECEIVED, RECEIVED + ms(7))
    other = event(300, occurred=RECEIVED, store="stripe")
    see(client, other, RECEIVED, RECEIVED + ms(8))
    columns = "store origin events received_to_visible_ms_p50 received_to_visible_ms_p90"
    assert lag(client, f"{columns} received_to_visible_ms_p99 occurred_to_received_ms_p50") == [
        ("app_store", "notification", 100, 150, 190, 199, 0),
        ("app_store", "refresh", 1, 7, 7, 7, 3_600_000),
        ("stripe", "notification", 1, 8, 8, 8, 0),
    ]


def test_what_nobody_accepted_has_no_time_of_delivery(client: Client) -> None:
    see(client, event(1, occurred=RECEIVED), RECEIVED, RECEIVED)
    assert lag(client, "delivered received_to_delivered_ms_p99") == [(0, None)]


def test_what_was_imported_has_no_lag(client: Client, writer: Writer) -> None:
    writer.write([record(event(1, occurred=RECEIVED, origin=Origin.IMPORT))])
    assert lag(client, "events") == []


def test_a_redelivery_does_not_make_an_event_visible_later(client: Client) -> None:
    one = event(1, occurred=RECEIVED)
    for late in (9_000, 200, 5_000):
        see(client, one, RECEIVED, RECEIVED + ms(late))
    assert lag(client, "events received_to_visible_ms_p50") == [(1, 200)]


def test_the_writer_says_when_its_fold_was_done(client: Client, writer: Writer) -> None:
    before = clock.now()
    writer.write([record(event(1, occurred=RECEIVED))])
    (row,) = client.query("SELECT visible_at FROM event_times").result_rows
    assert before - ms(1) <= row[0] <= clock.now()
    assert client.query("SELECT count() FROM subscriptions").first_row[0] == 1
