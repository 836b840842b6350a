"""What a killed process left for ClickHouse to do is told of at the next start, without saying of whom it is."""

from clickhouse_connect.driver.client import Client
from structlog.testing import capture_logs

from sinks.charts.unfinished import tell_unfinished
from sinks.charts.writer import Writer
from tests.sinks.charts.asking import write
from tests.sinks.charts.story import Story

ERASES = "ALTER TABLE events UPDATE customer_id = 'erased' WHERE customer_id = 'ann'"


def test_tables_with_changes_under_way_are_named_and_nobody_else(
    client: Client, writer: Writer
) -> None:
    story = Story(customer="ann")
    story.pays("2026-01-01", "2026-02-01", "4.99")
    write(writer, story)
    client.command("SYSTEM STOP MERGES events")
    try:
        client.command(f"{ERASES} SETTINGS mutations_sync = 0")
        with capture_logs() as logged:
            tell_unfinished(client)
    finally:
        client.command("SYSTEM START MERGES events")
    assert logged == [
        {"event": "unfinished_changes_taken_up", "log_level": "warning", "tables": {"events": 1}}
    ]
    client.command(f"{ERASES} SETTINGS mutations_sync = 2")
    with capture_logs() as logged:
        tell_unfinished(client)
    assert logged == []
