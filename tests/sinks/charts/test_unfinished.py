"""What a start of ClickHouse found is told of: changes that a killed process left, without saying of
whom they are, and parts that can't be read."""

from pathlib import Path

from clickhouse_connect.driver.client import Client
from structlog.testing import capture_logs

from sinks.charts.unfinished import tell_put_aside, tell_unfinished
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


def test_tables_with_parts_that_were_put_aside_are_named(client: Client) -> None:
    client.command("INSERT INTO outcomes (app_id, received_at) VALUES ('yoga', now())")
    asked = (
        "SELECT name, path FROM system.parts"
        " WHERE active AND database = currentDatabase() AND table = 'outcomes'"
    )
    name, path = client.query(asked).first_row
    client.command(f"ALTER TABLE outcomes DETACH PART '{name}'")
    with capture_logs() as logged:
        tell_put_aside(client)
    assert logged == []

    aside = Path(path).parent / "detached"
    (aside / name).rename(aside / f"broken-on-start_{name}")
    with capture_logs() as logged:
        tell_put_aside(client)
    client.command(
        f"ALTER TABLE outcomes DROP DETACHED PART 'broken-on-start_{name}'",
        settings={"allow_drop_detached": 1},
    )

    (told,) = logged
    assert told["event"] == "unreadable_parts_put_aside"
    assert told["tables"] == {"outcomes": 1}
    assert "charts reread" in told["do"]
