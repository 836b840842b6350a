"""The writer: every record in its table whatever it holds, once however often it comes."""

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts import fold_source
from sinks.charts import writer as writing
from sinks.charts.engine import Engine
from sinks.charts.fold.told import Telling
from sinks.charts.rows import SubscriptionKey
from sinks.charts.writer import Writer
from sinks.delivery.attempts import AttemptResult
from streams.contracts import topics
from streams.contracts.outcome import OutcomeKind
from tests.sinks.charts.asking import active, table, tell, write
from tests.sinks.charts.records import AT, attempt, dead, outcome, raw, record
from tests.sinks.charts.story import Story, told_again

BODY = bytes(range(256)) + b"\r\n\x00 not text \xff"


def bodies(client: Client) -> list[tuple[str, bytes]]:
    found = client.query(
        "SELECT reason, body FROM notifications FINAL ORDER BY topic, source",
        query_formats={"String": "bytes"},
    )
    return [(row[0].decode(), row[1]) for row in found.result_rows]


def test_a_raw_notification_is_kept_untouched(client: Client, writer: Writer) -> None:
    writer.write([raw(BODY)])
    assert bodies(client) == [("", BODY)]
    (row,) = client.query(
        "SELECT topic, app_id, store, received_at, receipt_id, origin, environments, token_hint,"
        " request_headers FROM notifications"
    ).result_rows
    assert row == (
        *(topics.RAW, "tide", "app_store", AT, "receipt-1", "notification"),
        *(["PRODUCTION", "SANDBOX"], "a1b2c3"),
        [
            {"name": "content-type", "value": "application/json"},
            {"name": "x-odd", "value": "é"},
        ],
    )


def test_a_body_of_the_largest_size_is_kept(client: Client, writer: Writer) -> None:
    large = BODY * (1024 * 1024 // len(BODY))
    writer.write([raw(large, f"receipt-{n}") for n in range(40)])
    rows = client.query("SELECT count(), min(length(body)), max(length(body)) FROM notifications")
    assert rows.first_row == (40, len(large), len(large))


def test_a_dead_letter_says_why_and_keeps_its_bytes(client: Client, writer: Writer) -> None:
    forged = raw(BODY)
    writer.write([dead(forged)])
    assert bodies(client) == [("signature", BODY)]
    (row,) = client.query(
        "SELECT topic, app_id, receipt_id, source, detail FROM notifications"
    ).result_rows
    source = f"{forged.topic}:{forged.partition}:{forged.offset}"
    assert row == (topics.DEAD, "tide", "receipt-1", source, "the chain ends elsewhere")


def test_a_dead_letter_of_any_topic_is_kept_with_its_headers(
    client: Client, writer: Writer
) -> None:
    odd = record(topics.PURCHASES, b"{", ((topics.HEADER_KIND, b"notification"), ("\xff", b"\xff")))
    writer.write([dead(odd, reason="bug", detail="KeyError")])
    (row,) = client.query(
        "SELECT reason, app_id, received_at, record_headers['kind'] FROM notifications"
    ).result_rows
    assert row == ("bug", "", AT, "notification")


@pytest.mark.parametrize("topic", [topics.EVENTS, topics.RAW, topics.OUTCOMES, topics.ATTEMPTS])
def test_a_record_that_nothing_can_read_stops_nothing_and_is_kept(
    client: Client, writer: Writer, topic: str
) -> None:
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    write(writer, story)
    batch = writer.write([record(topic, b'{"not": "ours"}'), outcome()])
    assert batch.unreadable == 1
    (row,) = client.query("SELECT topic, reason, body FROM notifications").result_rows
    assert row == (topic, "unreadable", '{"not": "ours"}')
    assert len(table(client, "outcomes")) == 1


def test_numbers_and_times_that_no_column_holds_stop_nothing(
    client: Client, writer: Writer
) -> None:
    huge, distant = Story("huge"), Story("distant")
    huge.pays("2026-01-01", "2026-02-01", "4.99", price_usd_micros=2**70)
    distant.pays("2026-01-01", datetime(4001, 1, 1, tzinfo=UTC), "4.99", price_usd_micros=1)
    tell(writer, [*huge.events, *distant.events])
    (row,) = client.query("SELECT reason, detail FROM notifications").result_rows
    assert row[0] == "unreadable"
    assert str(2**70) in row[1]
    assert active(client, "2026-06-01", "2026-06-01") == [1]


def test_the_same_records_again_are_the_same_rows(client: Client, writer: Writer) -> None:
    records = [raw(BODY), dead(raw(BODY)), outcome(), attempt()]
    writer.write(records)
    before = [table(client, name) for name in ("notifications", "outcomes", "attempts")]
    writer.write(records)
    writer.write(reversed(records))
    assert [table(client, name) for name in ("notifications", "outcomes", "attempts")] == before
    assert [len(rows) for rows in before] == [2, 1, 1]


def test_an_outcome_that_a_worker_tells_again_at_another_offset_is_one_row(
    client: Client, writer: Writer
) -> None:
    told = {"source": "notifications.raw/2", "source_offset": 7}
    writer.write([outcome(**told), outcome(**told), outcome(**told, source_place=1)])
    assert len(table(client, "outcomes")) == 2


def test_what_was_counted_at_the_door_is_never_taken_for_a_repetition(
    client: Client, writer: Writer
) -> None:
    unknown = {"kind": OutcomeKind.UNKNOWN_TOKEN, "count": 4}
    writer.write([outcome(**unknown), outcome(**unknown)])
    assert client.query("SELECT sum(count) FROM outcomes FINAL").first_row[0] == 8


def test_every_attempt_is_a_row_with_its_timing(client: Client, writer: Writer) -> None:
    writer.write([attempt(result=AttemptResult.RETRY, status=503), attempt(attempt=2)])
    rows = client.query(
        "SELECT attempt, result, status, total_ms, dns_ms FROM attempts FINAL ORDER BY attempt"
    ).result_rows
    assert rows == [(1, "retry", 503, 12.5, None), (2, "delivered", 200, 12.5, None)]


def test_of_two_tellings_received_at_once_the_same_one_stays_in_any_order(
    client: Client, writer: Writer
) -> None:
    story = Story()
    one = story.pays("2026-01-01", "2026-02-01", "4.99")
    other = told_again(one, price_usd_micros=1_000_000)
    kept = []
    for order in ([one, other], [other, one]):
        for name in ("events", "told_events", "subscriptions"):
            client.command(f"TRUNCATE TABLE {name}")
        for event in order:
            tell(writer, [event])
        kept.append((table(client, "events"), table(client, "subscriptions")))
    assert kept[0] == kept[1]


def test_more_subscriptions_than_one_statement_takes_are_folded_all(
    client: Client, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "FOLD_AT_ONCE", 7)
    stories = [Story(f"s{n}") for n in range(30)]
    for story in stories:
        story.pays("2026-01-01", "2026-02-01", "1.00")
    write(writer, *stories)
    assert active(client, "2026-01-10", "2026-01-10") == [30]


def test_what_is_read_ahead_by_other_connections_has_what_was_just_written(
    client: Client, clickhouse: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "FOLD_AT_ONCE", 7)
    reading = (clickhouse.client(), clickhouse.client())
    writer = Writer(client, reading=reading)
    stories = [Story(f"s{n}") for n in range(30)]
    for month in ("01", "02", "03"):
        for story in stories:
            story.pays(f"2026-{month}-01", f"2026-{month}-28", "1.00")
        write(writer, *stories)
        assert active(client, f"2026-{month}-10", f"2026-{month}-10") == [30]
    for one in reading:
        one.close()


def test_the_more_was_told_of_each_the_fewer_are_read_at_once(
    client: Client, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "EVENTS_AT_ONCE", 20)
    asked: list[int] = []

    def told_of(reading: Client, keys: Collection[SubscriptionKey]) -> list[Telling]:
        asked.append(len(keys))
        return fold_source.told_of(reading, keys)

    monkeypatch.setattr(writing, "told_of", told_of)
    stories = [Story(f"s{n}") for n in range(30)]
    for month in ("01", "02", "03", "04"):
        for story in stories:
            story.pays(f"2026-{month}-01", f"2026-{month}-28", "1.00")
    write(writer, *stories)
    write(writer, *stories)
    assert asked[-1] <= 20 // 4 + 1
    assert active(client, "2026-04-10", "2026-04-10") == [30]


def test_a_stale_fold_never_replaces_a_fresher_one(client: Client, writer: Writer) -> None:
    """Two writers: one folds what it saw, later than the other that saw more."""
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    write(writer, story)
    client.command("CREATE TABLE stale AS subscriptions")
    client.command("INSERT INTO stale SELECT * FROM subscriptions")
    story.pays("2026-02-01", "2026-03-01", "4.99")
    write(writer, story)
    client.command("INSERT INTO subscriptions SELECT * FROM stale")
    client.command("DROP TABLE stale")
    assert active(client, "2026-02-10", "2026-02-10") == [1]


def test_an_event_about_no_period_makes_no_subscription(client: Client, writer: Writer) -> None:
    story = Story()
    story.ends("2026-01-01")
    write(writer, story)
    assert table(client, "subscriptions") == []
    assert len(table(client, "events")) == 1
