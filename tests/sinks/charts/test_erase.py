"""Erasing a customer: gone from every table, also when everything comes again; what was paid stays."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts import erase as erasing
from sinks.charts import fold_source
from sinks.charts import writer as writing
from sinks.charts.engine import Engine
from sinks.charts.erase import Erasures
from sinks.charts.fold.told import Telling
from sinks.charts.insert import Inserts
from sinks.charts.rows import Batch, SubscriptionKey
from sinks.charts.writer import Writer
from streams.contracts.event import Event
from streams.contracts.ids import AppId, CustomerId, EventId, ReceiptId
from streams.contracts.outcome import OutcomeKind
from streams.contracts.step import Record
from tests.sinks.charts.asking import TABLES, active, mrr, table
from tests.sinks.charts.records import attempt, outcome, raw
from tests.sinks.charts.story import Story, record

LEADS_TO_THEM = """
SELECT count() FROM customer_aliases WHERE arrayExists(
  id -> alias_key = sipHash64(id) OR customer_key = sipHash64(id), {ids:Array(String)})
"""
ANN, DEVICE = CustomerId("ann@example.com"), CustomerId("$device-of-ann")


def told(name: str, customer: CustomerId, *aliases: CustomerId) -> list[Event]:
    """A month and its renewal."""
    story = Story(name)
    known = {
        "customer_id": customer,
        "original_customer_id": (aliases or (customer,))[0],
        "aliases": (customer, *aliases),
    }
    story.pays("2026-01-01", "2026-02-01", "4.99", receipt_id=ReceiptId(f"{name}-1"), **known)
    story.pays("2026-02-01", "2026-03-01", "4.99", receipt_id=ReceiptId(f"{name}-2"), **known)
    return story.events


@pytest.fixture
def records() -> list[Record]:
    """All that there is of Ann, and some of Ben, who had her purchase before."""
    ann, ben = told("1", ANN, DEVICE), told("2", CustomerId("ben"))
    given = replace(
        ben[0], id=EventId("00000000-0000-5000-8000-000000000001"), transferred_to=(ANN,)
    )
    snippet = {"event_id": ann[0].id, "response_snippet": f"thanks, {ANN}"}
    return [
        *(record(event) for event in (*ann, *ben, given)),
        *(raw(f"{{'email': '{ANN}'}}".encode(), f"1-{n}") for n in (0, 1, 2)),
        raw(b"of ben", "2-2"),
        outcome(receipt_id=ReceiptId("1-1"), customer_id=ANN, detail=f"about {ANN}"),
        outcome(receipt_id=ReceiptId("1-0"), kind=OutcomeKind.PARKED, purchase_key=ann[0].purchase_key),
        outcome(receipt_id=ReceiptId("2-2"), customer_id=CustomerId("ben"), source_place=2),
        attempt(**snippet),
    ]  # fmt: skip


def everything(client: Client) -> list[Sequence[object]]:
    return [row for name in TABLES for row in table(client, name)]


def says_nothing_of_ann(client: Client) -> bool:
    return not any(word in repr(everything(client)) for word in (ANN, DEVICE))


def test_an_erased_customer_is_in_no_table_and_the_numbers_stay(
    client: Client, writer: Writer, records: list[Record]
) -> None:
    writer.write(records)
    assert not says_nothing_of_ann(client)
    days = ("2026-01-20", "2026-02-20")
    before = (mrr(client, *days), active(client, *days), len(everything(client)))
    erasure = writer.erase("tide", DEVICE)
    assert says_nothing_of_ann(client)
    assert (erasure.ids, erasure.events, erasure.notifications) == (2, 3, 4)
    marks, one_now = len(table(client, "erasures")), len(table(client, "customer_aliases")) - 2
    rows = len(everything(client)) - marks - one_now
    assert (mrr(client, *days), active(client, *days), rows) == before
    assert one_now == -1, "two hashes of names are one of the pseudonym"
    found = client.query("SELECT customer_id FROM subscriptions FINAL ORDER BY customer_id")
    assert [row[0] for row in found.result_rows] == ["ben", erasure.pseudonym]
    bodies = client.query("SELECT body FROM notifications FINAL WHERE receipt_id = '2-2'")
    assert bodies.first_row[0] == "of ben", "what is another's stays"


def test_what_clickhouse_keeps_of_the_statements_names_nobody(
    client: Client, writer: Writer, records: list[Record]
) -> None:
    writer.write(records)
    pseudonym = writer.erase("tide", DEVICE).pseudonym
    found = client.query("SELECT command FROM system.mutations WHERE database = currentDatabase()")
    kept = repr(found.result_rows)
    assert pseudonym in kept
    assert not any(word in kept for word in (ANN, DEVICE))


def test_a_customer_with_more_notifications_than_one_statement_takes_is_erased_whole(
    client: Client, writer: Writer, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.write(records)
    statements: list[int] = []
    command = Erasures._command

    def counting(self: Erasures, statement: str, **parameters: object) -> None:
        statements.extend(len(names) for names in parameters.values() if isinstance(names, list))
        command(self, statement, **parameters)

    monkeypatch.setattr(erasing, "NAMES_AT_ONCE", 3)
    monkeypatch.setattr(Erasures, "_command", counting)
    assert writer.erase("tide", ANN).notifications == 4
    assert max(statements) == 3
    assert says_nothing_of_ann(client)


def test_what_comes_again_in_any_order_is_erased_again(
    client: Client, writer: Writer, records: list[Record], clickhouse: Engine
) -> None:
    writer.write(records)
    writer.erase("tide", ANN)
    before = everything(client)
    again = Writer(clickhouse.client())
    for start in range(0, len(records), 4):
        again.write(records[::-1][start:][:4])
    writer.write(records)
    assert everything(client) == before


def test_a_notification_that_comes_after_the_erasure_is_written_without_content(
    client: Client, writer: Writer, records: list[Record]
) -> None:
    """Whose it is, is known only when it is joined: by then it is written."""
    writer.write(records)
    writer.erase("tide", ANN)
    writer.write([raw(f"{ANN} renews".encode(), "1-3")])
    assert not says_nothing_of_ann(client)
    writer.write([outcome(receipt_id=ReceiptId("1-3"), customer_id=ANN, source_place=3)])
    writer.write([raw(f"{ANN} renews".encode(), "1-3")])
    assert says_nothing_of_ann(client)


def test_erasing_again_changes_nothing_and_keeps_the_pseudonym(
    client: Client, writer: Writer, records: list[Record]
) -> None:
    writer.write(records)
    first = writer.erase("tide", ANN)
    before = everything(client)
    second = writer.erase("tide", DEVICE)
    assert second.pseudonym == first.pseudonym
    assert [row for row in everything(client) if row[0:1] != ("tide",)] == [
        row for row in before if row[0:1] != ("tide",)
    ]
    assert says_nothing_of_ann(client)


def test_the_same_id_in_another_app_is_somebody_else(client: Client, writer: Writer) -> None:
    other = [replace(event, app_id=AppId("reef")) for event in told("9", ANN)]
    writer.write([record(event) for event in (*told("1", ANN), *other)])
    writer.erase("tide", ANN)
    found = client.query("SELECT DISTINCT app_id FROM events FINAL WHERE customer_id = {ann:String}", {"ann": ANN})  # fmt: skip
    assert found.result_rows == [("reef",)]


def test_one_erased_by_another_process_in_the_middle_of_a_write_does_not_get_through(
    client: Client,
    writer: Writer,
    records: list[Record],
    clickhouse: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writer.write(records)
    elsewhere = Writer(clickhouse.client())
    insert = Inserts.insert
    erased: list[bool] = []

    def late(self: Inserts, table: str, rows: list[dict[str, object]]) -> None:
        if not erased:
            erased.append(True)
            elsewhere.erase("tide", ANN)
        insert(self, table, rows)

    monkeypatch.setattr(Inserts, "insert", late)
    batch: Batch = writer.write(records)
    assert erased
    assert len(batch.touched) == 2
    assert says_nothing_of_ann(client)


def test_one_erased_while_what_was_read_of_them_is_folded_does_not_get_through(
    client: Client,
    records: list[Record],
    clickhouse: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As one thread shows a batch and another erases."""
    writer = Writer(client, folding=clickhouse.client())
    batch = writer.append(records)
    with ThreadPoolExecutor(1) as elsewhere:

        def told_of(reading: Client, keys: Collection[SubscriptionKey]) -> list[Telling]:
            monkeypatch.undo()
            named = fold_source.told_of(reading, keys)
            erasure = elsewhere.submit(writer.erase, "tide", ANN)
            with pytest.raises(TimeoutError):
                erasure.result(timeout=2)
            assert [one for one in named if one.customer_id == ANN]
            return named

        monkeypatch.setattr(writing, "told_of", told_of)
        writer.show(batch)
    assert says_nothing_of_ann(client)


def test_a_customer_nobody_knows_is_marked_for_when_they_come(
    client: Client, writer: Writer
) -> None:
    erasure = writer.erase("tide", ANN)
    assert (erasure.ids, erasure.events, erasure.notifications) == (1, 0, 0)
    writer.write([record(event) for event in told("1", ANN)])
    assert says_nothing_of_ann(client)
    assert Erasures(client).current().pseudonym("tide", ANN) == erasure.pseudonym


@pytest.mark.parametrize(
    "step", ["told_events", "outcomes", "customer_aliases", "notifications", "events", "fold"]
)
def test_one_that_was_cut_off_anywhere_is_finished_by_asking_again(
    client: Client,
    writer: Writer,
    records: list[Record],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """By any of the customer's ids, of which some may be known no more."""
    writer.write(records)
    command = Erasures._command

    class Died(Exception):  # noqa: N818 - what happens to it
        pass

    def die_after(self: Erasures, statement: str, **parameters: object) -> None:
        command(self, statement, **parameters)
        if f"ALTER TABLE {step}" in statement:
            raise Died

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as dying:
        dying.setattr(Erasures, "_command", die_after)
        if step == "fold":
            dying.setattr(writer, "fold", die)
        with pytest.raises(Died):
            writer.erase("tide", DEVICE)
    again = writer.erase("tide", DEVICE)
    assert says_nothing_of_ann(client)
    assert again.events == 3
    left = client.query(LEADS_TO_THEM, parameters={"ids": [ANN, DEVICE]}).first_row[0]
    assert left == 0
    assert len(table(client, "customer_aliases")) == 1, "the pseudonym's"
