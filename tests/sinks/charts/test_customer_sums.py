"""Of customers whom nothing has happened to charts read their row in `customer_sums`; of the others what is true now."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts import day_sums
from sinks.charts.day_sums import sum_largest
from sinks.charts.parameters import read_parameters
from sinks.charts.writer import Writer
from streams.contracts.ids import AppId, CustomerId
from streams.contracts.words import Environment
from streams.observe import clock
from tests.sinks.charts.asking import CATALOG, write
from tests.sinks.charts.story import Story

Rows = Sequence[Sequence[Any]]
Shown = list[tuple[str, dict[str, str], Rows]]
NAMES = ANN, BOB, CID, ANONYMOUS = tuple(
    CustomerId(name) for name in ("ann", "bob", "cid", "anonymous")
)
NEW, LTV, REVENUE = "new_paying_customers", "ltv_per_paying_customer", "revenue"
ASKED: list[tuple[str, dict[str, str]]] = [
    *((NEW, {}), (NEW, {"app": "tide", "segment": "country"}), (NEW, {"segment": "product"})),
    *((LTV, {}), (LTV, {"store": "stripe"}), (LTV, {"segment": "product"})),
    *((REVENUE, {"segment": "store"}), (REVENUE, {"app": "tide", "store": "app_store"})),
]
TOUCHED = "SELECT fill > 0, arraySort(customers) FROM touched_customers"
# Or it counts as noted while they were summed.
LONG_AGO = """
INSERT INTO customer_aliases (environment, alias_key, customer_key, version, noted_at)
SELECT environment, alias_key, customer_key, version, toDateTime(1) FROM customer_aliases FINAL
SETTINGS insert_allow_materialized_columns = 1
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """By no dimension: a twelfth of a second each."""
    monkeypatch.setattr(day_sums, "FEW", 1)
    monkeypatch.setattr(day_sums, "_SPLITS", ("",))


@pytest.fixture
def stories() -> list[Story]:
    """Ann bought before anybody knew her name, and in two stores; Bob and Cid once each."""
    before = Story("before", customer=ANONYMOUS, first_seen="2026-01-05", product="small")
    after = Story("after", customer=ANN, first_seen="2026-02-01", store="stripe", country="DE")
    bob, cid = Story("bob", customer=BOB), Story("cid", customer=CID, store="stripe")
    before.pays("2026-01-10", "2026-02-10", "10")
    before.refunds("2026-01-20", "10")
    after.pays("2026-02-03", "2026-03-03", "20", aliases=(ANN, ANONYMOUS))
    bob.pays("2026-01-12", "2026-02-12", "40")
    cid.pays("2026-02-14", "2026-03-14", "80")
    return [before, after, bob, cid]


@pytest.fixture
def summed(client: Client, writer: Writer, stories: list[Story]) -> Iterator[Client]:
    """All that they did, in one part, which what comes next is not merged into."""
    write(writer, *stories)
    client.command(LONG_AGO)
    for table in ("subscriptions", "customer_aliases"):
        client.command(f"OPTIMIZE TABLE {table} FINAL")
    client.command("SYSTEM STOP MERGES subscriptions")
    assert sum_largest(client) > 0
    yield client
    client.command("SYSTEM START MERGES subscriptions")


@pytest.fixture(scope="module")
def known() -> dict[str, Shown]:
    """What was shown once. The stories begin the same each time, and to ask takes three seconds of CPU."""
    return {}


@pytest.fixture
def before(summed: Client, known: dict[str, Shown]) -> Shown:
    """What charts show before anything more happens."""
    if "before" not in known:
        known["before"] = shown(summed)
    return known["before"]


def shown(client: Client) -> Shown:
    return [(name, asked, _rows(client, name, asked)) for name, asked in ASKED]


def _rows(client: Client, name: str, asked: dict[str, str]) -> Rows:
    """By the API's statement."""
    asked = {"from": "2026-01-01", "to": "2026-04-30", "resolution": "month", **asked}
    chart = CATALOG[name]
    parameters = read_parameters(chart.parameters, asked, clock.now().date())
    rows: Rows = client.query(chart.question(parameters), parameters=parameters).result_rows
    return rows


def touched(client: Client) -> set[str]:
    """Who is looked at anew, of those that we know."""
    live, customers = client.query(TOUCHED).first_row
    assert live
    names = {client.query(f"SELECT sipHash64('{name}')").first_row[0]: name for name in NAMES}
    return {names[customer] for customer in customers if customer in names}


def test_a_customer_s_row_is_what_charts_show(summed: Client) -> None:
    """Under every filter."""
    assert _rows(summed, NEW, {}) == _rows(summed, NEW, {"app": "tide"})
    assert [row[2] for row in _rows(summed, NEW, {})] == [1, 2, 0, 0]
    assert touched(summed) == set()
    with_sums = shown(summed)
    summed.command("TRUNCATE TABLE customer_sums")
    assert all(one != other for one, other in zip(shown(summed), with_sums, strict=True))
    summed.command("TRUNCATE TABLE summed_parts")
    assert shown(summed) == with_sums


def bob_pays_again(_: Writer, stories: list[Story]) -> list[Story]:
    stories[2].pays("2026-02-12", "2026-03-12", "1")
    return [stories[2]]


def ann_s_other_name_is_bob_s(_: Writer, stories: list[Story]) -> list[Story]:
    """As Bob's event says, which does not name her."""
    stories[2].pays("2026-02-12", "2026-03-12", "1", aliases=(BOB, ANONYMOUS))
    return [stories[2]]


def ann_s_purchase_is_bob_s(_: Writer, stories: list[Story]) -> list[Story]:
    stories[1].goes_to(BOB, "2026-02-20")
    return [stories[1]]


def bob_is_somebody_who_came_first(_: Writer, stories: list[Story]) -> list[Story]:
    """Whom the sums know nothing of."""
    dan = Story("dan", customer="dan", first_seen="2026-01-01", product="small")
    dan.pays("2026-01-02", "2026-02-02", "2", aliases=(CustomerId("dan"), BOB))
    return [dan]


def ann_is_erased(writer: Writer, _: list[Story]) -> list[Story]:
    writer.erase(AppId("tide"), ANN)
    return []


def bob_tries_ann_s_name_in_the_sandbox(_: Writer, _stories: list[Story]) -> list[Story]:
    """Where it is nobody else's, which production must not take over."""
    tried = Story("tried", customer=BOB, environment=Environment.SANDBOX, product="small")
    tried.pays("2026-01-03", "2026-02-03", "4", aliases=(BOB, ANONYMOUS))
    return [tried]


HARMLESS = (ann_is_erased, bob_tries_ann_s_name_in_the_sandbox)


@pytest.mark.parametrize(
    ("happens", "whom"),
    [
        (bob_pays_again, {BOB}),
        (ann_s_other_name_is_bob_s, {ANN, BOB, ANONYMOUS}),
        (ann_s_purchase_is_bob_s, {ANN, BOB, ANONYMOUS}),
        (bob_is_somebody_who_came_first, {BOB}),
        (ann_is_erased, {ANN, ANONYMOUS}),
        (bob_tries_ann_s_name_in_the_sandbox, {ANN, BOB, ANONYMOUS}),
    ],
)
def test_whom_something_happens_to_is_looked_at_anew(
    summed: Client,
    before: Shown,
    writer: Writer,
    stories: list[Story],
    *,
    happens: Callable[[Writer, list[Story]], list[Story]],
    whom: set[str],
) -> None:
    write(writer, *happens(writer, stories))
    summed.command("OPTIMIZE TABLE customer_aliases FINAL")
    assert touched(summed) == whom
    with_sums = shown(summed)
    assert (with_sums == before) is (happens in HARMLESS)
    summed.command("TRUNCATE TABLE summed_parts")
    assert shown(summed) == with_sums
