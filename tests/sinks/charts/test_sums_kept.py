"""Sums of a part are read while it is there and they are good, and no longer; and go when nobody reads them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts import customer_sums, day_sums
from sinks.charts.day_sums import sum_largest
from sinks.charts.migrations import migrate
from sinks.charts.writer import Writer
from streams.contracts.errors import StoreNotificationsError
from streams.observe import clock
from tests.sinks.charts.asking import SUMS, tell
from tests.sinks.charts.frozen import frozen
from tests.sinks.charts.lives import lives as some_lives

LIVE = "SELECT part FROM live_sums"
IDLE = "SELECT count() FROM summed_parts WHERE part = ''"
FILLS = "SELECT uniqExact(fill) FROM day_sums"
LARGEST = "SELECT _part FROM subscriptions GROUP BY _part ORDER BY count() DESC LIMIT 1"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """By no dimension, and of all customers together: a twelfth of a second each."""
    monkeypatch.setattr(day_sums, "FEW", 1)
    monkeypatch.setattr(day_sums, "_SPLITS", ("",))
    monkeypatch.setattr(customer_sums, "_CHOICES", "SELECT '', ''")


@pytest.fixture
def lives(client: Client, writer: Writer) -> Iterator[Client]:
    """In one part, which what comes next is not merged into."""
    tell(writer, some_lives(31, 40, clock.now()))
    client.command("OPTIMIZE TABLE subscriptions FINAL")
    client.command("SYSTEM STOP MERGES subscriptions")
    yield client
    client.command("SYSTEM START MERGES subscriptions")


def test_sums_are_used_only_while_their_part_is_there(lives: Client) -> None:
    sum_largest(lives)
    assert lives.query(LIVE).result_rows == lives.query(LARGEST).result_rows
    lives.command("SYSTEM START MERGES subscriptions")  # or nothing is deleted
    key = lives.query("SELECT min(sub_key) FROM subscriptions").first_row[0]
    lives.command(f"DELETE FROM subscriptions WHERE sub_key = {key}")
    assert lives.query(LIVE).result_rows == []
    assert sum_largest(lives) > 0
    assert lives.query(LIVE).result_rows == lives.query(LARGEST).result_rows


def test_sums_end_after_two_days_and_are_made_anew_a_day_before(
    lives: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sum_largest(lives)
    assert sum_largest(lives) == 0
    (good_until,) = lives.query("SELECT good_until FROM summed_parts").first_row
    for moment_, live in ((good_until - timedelta(seconds=1), 1), (good_until, 0)):
        with frozen(lives, moment_):
            assert len(lives.query(LIVE).result_rows) == live
    monkeypatch.setattr(day_sums, "_AGAIN", timedelta(days=2, minutes=1))
    assert sum_largest(lives) > 0


def test_another_table_with_a_part_of_the_same_name_has_no_sums(lives: Client) -> None:
    """As after a rebuild, which exchanges two tables."""
    lives.command("CREATE TABLE other AS subscriptions")
    for row in range(3):
        lives.command(f"INSERT INTO other SELECT * FROM subscriptions LIMIT {row}, 1")
    lives.command("OPTIMIZE TABLE other FINAL")
    (name,) = lives.query("SELECT DISTINCT _part FROM other").first_row
    sum_largest(lives)
    lives.command(
        f"INSERT INTO summed_parts SELECT fill + 1, folder, '{name}', 3, made_by, made_at, good_until FROM summed_parts"
    )
    lives.command("EXCHANGE TABLES subscriptions AND other")
    assert lives.query("SELECT DISTINCT _part FROM subscriptions").result_rows == [(name,)]
    assert lives.query(LIVE).result_rows == []
    lives.command("EXCHANGE TABLES subscriptions AND other")
    lives.command("DROP TABLE other")


def test_sums_that_were_cut_off_are_read_by_nobody_and_forgotten_an_hour_later(
    lives: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(
            day_sums,
            "_NOTE",
            "INSERT INTO summed_parts (fill) SELECT throwIf({fill:UInt64} > 0, 'killed')",
        )
        with pytest.raises(StoreNotificationsError, match="killed"):
            sum_largest(lives)
    assert lives.query(FILLS).result_rows == [(1,)]
    assert lives.query(LIVE).result_rows == []
    sum_largest(lives)
    assert sum_largest(lives) == 0
    assert lives.query(IDLE).first_row == (0,), "somebody may be at it yet"
    monkeypatch.setattr(day_sums, "_LONGEST", timedelta())
    sum_largest(lives)
    assert lives.query(IDLE).first_row == (1,)
    assert lives.query(FILLS).result_rows == [(2,)]
    lives.command(
        "ALTER TABLE summed_parts UPDATE good_until = now('UTC') WHERE part = '' SETTINGS mutations_sync = 2"
    )
    sum_largest(lives)
    live = lives.query("SELECT newest FROM live_sums").result_rows
    for table in SUMS:
        assert lives.query(f"SELECT DISTINCT fill FROM {table}").result_rows == live != []


def test_sums_of_a_part_that_is_gone_stay_for_who_has_begun_to_read_them(lives: Client) -> None:
    sum_largest(lives)
    lives.command("SYSTEM START MERGES subscriptions")
    lives.command("DELETE FROM subscriptions WHERE sub_key % 2 = 0")
    assert sum_largest(lives) > 0
    assert sum_largest(lives) == 0
    assert lives.query(FILLS).result_rows == [(2,)]


def test_sums_that_other_views_made_are_not_read(lives: Client) -> None:
    """Those of the version before an upgrade; who is of that version leaves the others' alone."""
    sum_largest(lives)
    assert lives.query(LIVE).result_rows != []
    columns = ["name", "sha256", "applied_at"]
    lives.insert("schema_migrations", [["views", "newer", clock.now()]], column_names=columns)
    assert lives.query(LIVE).result_rows == []
    assert sum_largest(lives) == 0
    assert lives.query("SELECT count() FROM summed_parts").first_row == (1,)
    migrate(lives, clock.now())
    assert lives.query(LIVE).result_rows != []


def test_who_took_too_long_has_summed_for_nobody(
    lives: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may have thrown a part of it away."""
    monkeypatch.setattr(day_sums, "_LONGEST", timedelta())
    sum_largest(lives)
    assert lives.query(LIVE).result_rows == []


def test_views_look_as_far_ahead_as_the_sums_are_good(client: Client) -> None:
    ahead = client.query("SELECT counted_until('a part', toDateTime(0, 'UTC'))").first_row[0]
    assert ahead.timestamp() == day_sums._AHEAD.total_seconds()


def test_a_small_table_is_not_summed(lives: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(day_sums, "FEW", 1_000_000)
    assert sum_largest(lives) == 0
    assert lives.query("SELECT count() FROM day_sums").first_row == (0,)
