"""Charts say the same whether they read sums of a part or its rows, whatever comes, goes and falls due."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts import customer_sums, day_sums
from sinks.charts.catalog import read_catalog
from sinks.charts.day_sums import sum_largest
from sinks.charts.engine import Engine
from sinks.charts.migrations import VIEWS, scripts
from sinks.charts.writer import Writer
from streams.contracts.event import Event
from streams.contracts.words import Environment
from tests.sinks.charts.asking import ask, tell, told, write
from tests.sinks.charts.comparing import compare
from tests.sinks.charts.frozen import CLOCK, frozen, made_of
from tests.sinks.charts.oracle import subscriptions
from tests.sinks.charts.oracle_calendar import SEGMENTS
from tests.sinks.charts.story import Story, moment
from tests.sinks.charts.test_oracle import NOW, disordered, history, question

SUMMED = sorted(name for name in read_catalog() if "live_sums" in made_of(f"chart_{name}"))
UNITS = ("day", "week", "month", "quarter", "year")
WHEN = {"just before they end": timedelta(hours=47), "a day later": timedelta(hours=20)}
LIVE = "SELECT part FROM live_sums"
FILLS = "SELECT uniqExact(fill) FROM day_sums"
# Or it counts as noted while they were summed.
LONG_AGO = """
INSERT INTO customer_aliases (environment, alias_key, customer_key, version, noted_at)
SELECT environment, alias_key, customer_key, version, toDateTime(1) FROM customer_aliases FINAL
SETTINGS insert_allow_materialized_columns = 1
"""
Shown = dict[tuple[str, str, str, str], Any]
UNSUMMED = "SELECT sign FROM unsummed(app = '', store = '', environment = 'PRODUCTION', part = '')"
LARGEST = "SELECT _part FROM subscriptions GROUP BY _part ORDER BY count() DESC LIMIT 1"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """And of all customers together: what is asked of some is in test_customer_sums."""
    monkeypatch.setattr(day_sums, "FEW", 1)
    monkeypatch.setattr(customer_sums, "_CHOICES", "SELECT '', ''")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """By no dimension: a twelfth of a second each."""
    monkeypatch.setattr(day_sums, "_SPLITS", ("",))


@contextmanager
def at(client: Client, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Views and what is noted of sums have this time."""
    with frozen(client, now), monkeypatch.context() as patched:
        clock = f"toDateTime('{now:%Y-%m-%d %H:%M:%S}', 'UTC')"
        for name in ("_NOTE", "_GOOD"):
            patched.setattr(day_sums, name, getattr(day_sums, name).replace(CLOCK, clock))
        yield


def all_charts(client: Client, ages: tuple[int, ...] = (400, 30)) -> Shown:
    """What the charts that know sums show of a year and more, and of the last weeks, each its own way."""
    segments, last = sorted(SEGMENTS), str(NOW.date() + timedelta(days=40))
    shown: Shown = {}
    for number, name in enumerate(SUMMED):
        more = ({}, {"refunds_on": "original"}) if name == "revenue" else ({},)
        for way, (age, asked) in enumerate(product(ages, more)):
            unit, segment = UNITS[(number + way) % 5], segments[(number + 4 * way) % len(segments)]
            first = str(NOW.date() - timedelta(days=age))
            shown[name, unit, segment, first] = ask(
                client, name, start=first, to=last, resolution=unit, segment=segment, **asked
            )
    return shown


def halves() -> tuple[list[list[Event]], list[list[Event]]]:
    """Of what is told of some hundred lives in production, in batches."""
    told = [one for one in history(31, NOW, 200) if one.environment is Environment.PRODUCTION]
    batches = disordered(told, Random(3))
    return batches[: len(batches) // 2], batches[len(batches) // 2 :]


@pytest.fixture
def lives(client: Client, writer: Writer) -> Iterator[Client]:
    """Half of what is told of some hundred lives, in one part, which what comes next is not merged into."""
    for batch in halves()[0]:
        tell(writer, batch)
    client.command("OPTIMIZE TABLE subscriptions FINAL")
    client.command(LONG_AGO)
    client.command("OPTIMIZE TABLE customer_aliases FINAL")
    client.command("SYSTEM STOP MERGES subscriptions")
    yield client
    client.command("SYSTEM START MERGES subscriptions")


@pytest.mark.parametrize("later", WHEN)
def test_charts_say_the_same_with_sums_and_without(
    lives: Client, writer: Writer, later: str, monkeypatch: pytest.MonkeyPatch, faults: bool
) -> None:
    """Sums of what half of the events said; the rest came after them, and time went by."""
    if later == "a day later" and not faults:
        pytest.skip("half a minute: with --faults only")
    with at(lives, NOW, monkeypatch):
        assert sum_largest(lives) > 100
    for batch in halves()[1]:
        tell(writer, batch)
    with at(lives, NOW + WHEN[later], monkeypatch):
        assert lives.query(LIVE).result_rows == lives.query(LARGEST).result_rows
        assert lives.query("SELECT count() FROM superseded").first_row[0] > 20
        with_sums = all_charts(lives)
        read = _who_reads_the_sums(lives, with_sums)
        lives.command("TRUNCATE TABLE summed_parts")
        without = all_charts(lives)
    for asked, rows in without.items():
        assert with_sums[asked] == rows, asked
    assert read == set(SUMMED)  # else all of this would say nothing
    assert "mrr" in SUMMED
    assert "lag" not in SUMMED


@pytest.mark.usefixtures("quick")
def test_of_a_summed_part_those_are_looked_at_alone_that_another_part_tells_of(
    lives: Client, writer: Writer
) -> None:
    """By the table's key, or each chart would look through all of it."""
    assert sum_largest(lives) > 100
    tell(writer, halves()[1][0])
    others = f"SELECT uniq(sub_key) FROM subscriptions WHERE _part NOT IN ({LIVE})"
    number = lives.query(others).first_row[0]
    assert number > 10
    assert f"(sub_key in {number}-element set)" in _plan(lives, UNSUMMED)


def _plan(client: Client, question: str) -> str:
    return "\n".join(row[0] for row in client.query(f"EXPLAIN indexes = 1 {question}").result_rows)


def _who_reads_the_sums(client: Client, before: Shown) -> set[str]:
    """Charts that change with them. Afterwards the sums are wrong, for the rows they were made of are not."""
    client.command("INSERT INTO day_sums SELECT * REPLACE (number + 1 AS number) FROM day_sums")
    client.command("TRUNCATE TABLE customer_sums")
    now = all_charts(client, ages=(400,))
    return {name for (name, *_), rows in now.items() if rows != before[name, *_]}


@pytest.mark.faults
def test_charts_equal_the_oracle_over_twenty_thousand_subscriptions_with_sums_of_most(
    client: Client, writer: Writer, monkeypatch: pytest.MonkeyPatch, faults: bool
) -> None:
    if not faults:
        pytest.skip("minutes: with --faults only")
    events = history(5, NOW, 17_000)
    told = disordered(events, Random(5))
    _tell_all(writer, told[:-3])
    client.command(LONG_AGO)
    client.command("OPTIMIZE TABLE subscriptions FINAL")
    client.command("SYSTEM STOP MERGES subscriptions")
    with at(client, NOW, monkeypatch):
        assert sum_largest(client) > 10_000
        _tell_all(writer, told[-3:])
        production = [event for event in events if event.environment is Environment.PRODUCTION]
        found = subscriptions(production)
        assert len(found) > 15_000
        for name, segment in product(SUMMED, ("", "product")):
            asked = question(production, "month", segment)
            compare(client, name, found, asked, resolution="month")
        assert client.query(LIVE).result_rows == client.query(LARGEST).result_rows
        assert client.query("SELECT count() FROM superseded").first_row[0] > 100
    client.command("SYSTEM START MERGES subscriptions")


def _tell_all(writer: Writer, batches: list[list[Event]]) -> None:
    """Thousands at a time."""
    together = [event for batch in batches for event in batch]
    for first in range(0, len(together), 5_000):
        tell(writer, together[first : first + 5_000])


def test_each_family_of_changes_is_summed_and_what_is_not_due_yet_keeps_its_time(
    lives: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives.command(
        "INSERT INTO subscriptions SELECT * REPLACE ('SANDBOX' AS environment) FROM subscriptions"
    )
    lives.command("SYSTEM START MERGES subscriptions")
    lives.command("OPTIMIZE TABLE subscriptions FINAL")
    with at(lives, NOW, monkeypatch):
        sum_largest(lives)
    families = lives.query(
        "SELECT DISTINCT family, split_by, environment FROM day_sums"
    ).result_rows
    named = {script.name.removesuffix(".sql") for script in scripts(VIEWS)}
    expected = {name.removeprefix("changes_") for name in named if name.startswith("changes_")}
    assert {family for family, *_ in families} == expected
    assert {(split, environment) for _, split, environment in families} == {
        (split, environment)
        for split in ("", "country", "product", "duration", "offer_type")
        for environment in ("PRODUCTION", "SANDBOX")
    }
    first, last = lives.query(
        "SELECT min(counts_from), max(counts_from) FROM day_sums WHERE counts_from > 0"
    ).first_row
    assert NOW < first < last <= NOW + timedelta(days=2)


def test_what_went_back_of_old_payments_makes_no_line_where_nothing_was_paid(
    client: Client, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With sums of them as without."""
    monkeypatch.setattr(day_sums, "_SPLITS", ("country",))
    story = Story("German", country="DE")
    story.pays("2026-01-02", "2026-02-02", "9.99")
    story.refunds("2026-03-05", "9.99")
    write(writer, story)
    for _ in range(2):
        for mode, expected in (("original", []), ("refund", [("DE", 9.99)])):
            columns = "segment refunded_usd"
            asked = {"segment": "country", "refunds_on": mode}
            assert told(client, "revenue", columns, "2026-03-01", "2026-03-31", **asked) == expected
        sum_largest(client)
    assert client.query(LIVE).result_rows != []


@pytest.mark.usefixtures("quick")
def test_nothing_is_counted_twice_or_not_at_all_while_parts_merge_and_are_summed(
    client: Client, clickhouse: Engine
) -> None:
    """Rows come again with other versions and the same periods: the chart stands still."""
    _fill(client, range(300), 1)
    client.command("OPTIMIZE TABLE subscriptions FINAL")
    other = clickhouse.client()
    shown, with_sums = set(), 0
    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(_fold_again, other)
        while not writing.done():
            rows = ask(client, "mrr", start="2026-01-01", to="2026-01-03")
            shown.add(tuple(row["mrr_usd_micros"] for row in rows))
            with_sums += len(client.query(LIVE).result_rows)
        writing.result()
    other.close()
    assert shown == {(0, 300_000_000, 300_000_000)}
    assert with_sums > 3


def _fold_again(client: Client) -> None:
    random = Random(4)
    for version in range(2, 14):
        sum_largest(client)
        for _ in range(3):
            _fill(client, random.sample(range(300), 60), version)
        if version % 3 == 0:
            client.command("OPTIMIZE TABLE subscriptions FINAL")


def _fill(client: Client, keys: Iterable[int], version: int) -> None:
    """Subscriptions that began on January 2 and go on, of a USD a month each."""
    ends = moment("2050-01-01")
    row: dict[str, Any] = dict.fromkeys(("app_id", "store"), "tide") | {"environment": "PRODUCTION"}
    row |= {"sub_key": 0, "version": version, "last_end": ends, "periods.ended_at": [ends]}
    row |= {
        "periods.started_at": [moment("2026-01-02 10:00")],
        "periods.patient_until": [moment("1970-01-01")],
    }
    row |= {
        "periods.paid": [True],
        "periods.mrr_usd_micros": [1_000_000],
        "periods.unpriced": [False],
    }
    texts = ("kind", "country_code", "product_id", "product_duration", "offer_type")
    row |= {f"periods.{name}": [""] for name in texts}
    rows = [list((row | {"sub_key": key}).values()) for key in keys]
    client.insert("subscriptions", rows, column_names=list(row))
