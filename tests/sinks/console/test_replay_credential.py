"""Google's token proves who sent, not what: for its hour it is as good as Google. It is in Kafka alone."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine
from sinks.charts.writer import Writer
from streams.contracts.ids import ReceiptId, StoreName
from streams.contracts.outcome import OutcomeKind
from streams.contracts.raw import read_raw
from streams.contracts.step import Out, Record
from streams.contracts.topics import RAW
from streams.contracts.words import Origin
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.sinks.charts.records import dead
from tests.sinks.console.kept import became, came
from tests.sinks.console.site import Site, site
from tests.sinks.console.test_notification_page import as_read
from tests.streams.kafka.conftest import read_all

BEARER = "Bearer eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ0aWRlIn0.c2lnbmF0dXJl"
HEADERS = (("content-type", "application/json"), ("authorization", BEARER), ("x-odd", "a"))


@pytest.fixture
def receipt() -> ReceiptId:
    return ReceiptId(f"r-{uuid4().hex}")


@pytest_asyncio.fixture
async def pushed(kafka: KafkaSettings, topics: tuple[str, ...], receipt: ReceiptId) -> Record:
    """Between others in the topic, where it is read by its place."""
    mine = came(receipt, store=StoreName("play_store"), request_headers=HEADERS, body=b'{"a": 1}')
    others = [came(f"{name}-{receipt}") for name in ("before", "after")]
    async with Producer(kafka, client_id="test") as producer:
        for one in (others[0], mine, others[1]):
            await producer.send(Out(topic=RAW, key=b"one", value=one.value, headers=one.headers))
    written = await read_all(kafka, RAW)
    return next(record for record in written if read_raw(record).receipt_id == receipt)


@pytest_asyncio.fixture
async def console(clickhouse: Engine, tmp_path: Path, kafka: KafkaSettings) -> AsyncIterator[Site]:
    async with site(clickhouse, tmp_path, {"SN_KAFKA": kafka.bootstrap}) as served:
        yield served


def tables(client: Client) -> str:
    return "".join(
        repr(client.query(f"SELECT * FROM {name}").result_rows)
        for (name,) in client.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
        ).result_rows
    )


async def test_it_is_in_no_table_and_on_no_page_and_a_replay_has_it(
    console: Site, writer: Writer, client: Client, pushed: Record, receipt: ReceiptId
) -> None:
    writer.write(
        [
            pushed,
            dead(pushed, "signature", "of another account"),
            became(receipt, OutcomeKind.REJECTED, reason="signature", store="play_store"),
        ]
    )
    told = tables(client)
    page = await console.get(f"/notifications/{receipt}")
    await console.post(f"/notifications/{receipt}/replay", page=f"/notifications/{receipt}")

    assert receipt in told
    assert "authorization" in told
    assert "(in notifications.raw alone)" in page
    for part in BEARER.removeprefix("Bearer ").split("."):
        assert part not in told + page
    (out,) = console.written.on(RAW)
    again = read_raw(as_read(out))
    assert (again.request_headers, again.body, again.origin) == (
        HEADERS,
        b'{"a": 1}',
        Origin.REPLAY,
    )


@pytest.mark.parametrize("moved", [-1, 1, 1_000_000])
async def test_where_the_topic_holds_something_else_by_now_nothing_is_replayed_and_the_remedy_told(
    console: Site, writer: Writer, pushed: Record, moved: int
) -> None:
    receipt = f"gone-{uuid4().hex}"
    mine = came(receipt, store=StoreName("play_store"), request_headers=HEADERS)
    place = {"partition": pushed.partition, "offset": pushed.offset + moved}
    kept = Record(topic=RAW, key=None, value=mine.value, headers=mine.headers, **place)
    writer.write([kept, became(receipt, OutcomeKind.REJECTED, reason="signature")])
    path = f"/notifications/{receipt}"
    answer = await console.post(f"{path}/replay", page=path)

    assert answer.status == 400
    assert "python -m streams refresh" in await answer.text()
    assert console.written.outs == []
