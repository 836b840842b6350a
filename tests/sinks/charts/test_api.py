"""The charts API over HTTP: answers, refusals that name the parameter, and nobody from elsewhere."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request
from clickhouse_connect.driver.client import Client

from sinks.charts.api import ChartsApi
from sinks.charts.engine import Engine
from sinks.charts.lag_watch import LagWatch
from sinks.charts.last_received import Labels
from sinks.charts.reader import Reader
from sinks.charts.writer import Writer
from sinks.delivery.attempts import AttemptResult
from streams.contracts.errors import TransientError
from streams.kafka.lag import GroupLag
from streams.observe import clock
from tests.sinks.charts.asking import write
from tests.sinks.charts.records import attempt, outcome
from tests.sinks.charts.story import Story
from tests.sinks.charts.test_last_received import NOTHING, PROJECT, word

Api = TestClient[Request, Application]
RANGE = {"from": "2026-01-31", "to": "2026-02-01"}


async def lags() -> list[GroupLag]:
    return [GroupLag(group="charts", topic="events", partition=0, records=3, seconds=1.5)]


async def no_broker() -> list[GroupLag]:
    raise TransientError("no broker")


@pytest_asyncio.fixture
async def api(clickhouse: Engine, writer: Writer) -> AsyncIterator[Api]:
    """With one subscription in it: 9.99 USD a month until the end of January."""
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "9.99")
    write(writer, story)
    labels = Labels()
    labels.learn(word("tide/app_store", NOTHING))
    async with Reader(clickhouse) as reader:
        application = ChartsApi(reader, labels, LagWatch(lags), PROJECT).application()
        async with TestClient(TestServer(application)) as client:
            yield client


async def get(api: Api, path: str, **asked: str) -> tuple[int, Any]:
    response = await api.get(path, params=asked)
    return response.status, await response.json()


async def query(api: Api, sql: str) -> tuple[int, Any]:
    response = await api.post("/v1/query", json={"sql": sql})
    return response.status, await response.json()


async def test_the_charts_are_listed_with_what_they_take_and_mean(api: Api) -> None:
    status, answer = await get(api, "/v1/charts")
    assert status == 200
    charts = {chart["name"]: chart for chart in answer["charts"]}
    assert list(charts["mrr"]["parameters"]) == [
        *("app", "store", "environment", "from", "to", "resolution", "segment"),
    ]
    for chart in charts.values():
        assert chart["description"]
        rows = (await get(api, f"/v1/charts/{chart['name']}", **RANGE))[1]["rows"]
        columns = list(chart["columns"])
        assert all(list(row) == columns for row in rows), "every column is documented, in order"


async def test_a_chart_is_rows_by_name(api: Api) -> None:
    status, answer = await get(api, "/v1/charts/mrr", **RANGE)
    assert status == 200
    assert answer["rows"] == [
        {
            "period_start": "2026-01-31",
            "segment": "",
            "mrr_usd_micros": 9_990_000,
            "mrr_usd": 9.99,
            "incomplete": False,
            "unpriced": 0,
        },
        {
            "period_start": "2026-02-01",
            "segment": "",
            "mrr_usd_micros": 0,
            "mrr_usd": 0.0,
            "incomplete": False,
            "unpriced": 0,
        },
    ]
    assert answer["parameters"] == {
        "app": "",
        "store": "",
        "environment": "PRODUCTION",
        **RANGE,
        "resolution": "day",
        "segment": "",
    }


async def test_stores_are_compared_by_a_segment(api: Api, writer: Writer) -> None:
    stripe = Story(store="stripe")
    stripe.pays("2026-01-01", "2026-02-01", "5.00")
    write(writer, stripe)
    _, answer = await get(api, "/v1/charts/active_subscriptions", segment="store", **RANGE)
    assert [(row["segment"], row["active_subscriptions"]) for row in answer["rows"]] == [
        *(("app_store", 1), ("stripe", 1), ("app_store", 0), ("stripe", 0)),
    ]


async def test_the_last_90_days_are_shown_when_nothing_is_asked(api: Api) -> None:
    _, answer = await get(api, "/v1/charts/mrr")
    today = clock.now().date()
    assert answer["rows"][-1]["period_start"] == today.isoformat()
    assert answer["rows"][-1]["incomplete"] is True
    assert answer["rows"][0]["period_start"] == (today - timedelta(days=90)).isoformat()


async def test_a_chart_is_a_file_of_csv_when_asked(api: Api) -> None:
    response = await api.get("/v1/charts/active_subscriptions", params={**RANGE, "format": "csv"})
    assert response.content_type == "text/csv"
    assert "active_subscriptions.csv" in response.headers["Content-Disposition"]
    assert await response.text() == (
        "period_start,segment,active_subscriptions,incomplete,unpriced\n"
        "2026-01-31,,1,False,0\n2026-02-01,,0,False,0\n"
    )


async def test_a_chart_is_a_file_of_columns_when_asked(
    api: Api, client: Client, tmp_path: Path
) -> None:
    asked = {**RANGE, "format": "parquet"}
    response = await api.get("/v1/charts/mrr", params=asked)
    assert "mrr.parquet" in response.headers["Content-Disposition"]
    (tmp_path / "mrr.parquet").write_bytes(await response.read())
    found = client.query(f"SELECT * FROM file('{tmp_path}/mrr.parquet', Parquet)")
    rows = [dict(zip(found.column_names, row, strict=True)) for row in found.result_rows]
    assert [(row["period_start"], row["mrr_usd_micros"], row["mrr_usd"]) for row in rows] == [
        (date(2026, 1, 31), 9_990_000, Decimal("9.99")),
        (date(2026, 2, 1), 0, Decimal(0)),
    ]
    wrong = await api.get("/v1/charts/mrr", params={**asked, "segment": "color"})
    assert wrong.status == 400


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"from": "yesterday"}, "from is 'yesterday': use a day like"),
        ({"from": "1999-12-31"}, "from is 1999-12-31: use a day from 2000"),
        ({"to": "2026-02-30"}, "to is '2026-02-30'"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "from is 2026-02-01, after to"),
        ({"from": "2001-01-01", "to": "2026-01-01"}, "from is 2001-01-01: at most"),
        ({"resolution": "hour"}, "resolution is 'hour': use day, week, month"),
        ({"segment": "color"}, "segment is 'color': use empty, store, app"),
        ({"environment": "production"}, "environment is 'production': use PRODUCTION, SANDBOX"),
        ({"app": "a\x00b"}, "app: at most 255 printable characters"),
        ({"store": "APP_STORE"}, "store is 'APP_STORE': use empty, app_store, play_store, stripe"),
        ({"apps": "tide"}, "apps: no such parameter, there are app, store"),
        ({"format": "xml"}, "format is 'xml': use json, csv, parquet"),
    ],
)
async def test_a_parameter_that_is_not_right_is_named(
    api: Api, asked: dict[str, str], named: str
) -> None:
    status, answer = await get(api, "/v1/charts/mrr", **asked)
    assert status == 400
    assert answer["error"].startswith(named)


async def test_a_chart_that_is_not_there_names_those_that_are(api: Api) -> None:
    status, answer = await get(api, "/v1/charts/joy")
    assert status == 404
    assert "active_subscriptions, active_trials" in answer["error"]


async def test_a_value_is_never_taken_for_sql(api: Api) -> None:
    status, answer = await get(api, "/v1/charts/mrr", app="' OR 1 = 1 --", **RANGE)
    assert status == 400
    assert answer["error"] == 'app is "\' OR 1 = 1 --": project.toml has tide, reef'


async def test_a_select_is_answered(api: Api) -> None:
    status, answer = await query(api, "SELECT store, count() AS n FROM events GROUP BY store")
    assert status == 200
    assert [column["name"] for column in answer["columns"]] == ["store", "n"]
    assert answer["rows"] == [["app_store", 1]]
    assert answer["truncated"] is False


@pytest.mark.parametrize("sql", ["DROP TABLE events", "SELECT file('/etc/passwd')", " ", "SELEC"])
async def test_another_statement_is_refused_and_says_why(api: Api, sql: str) -> None:
    status, answer = await query(api, sql)
    assert status == 400
    assert answer["error"]
    assert (await query(api, "SELECT count() FROM events"))[1]["rows"] == [[1]]


async def test_a_query_must_be_json(api: Api) -> None:
    assert (await api.post("/v1/query", data="SELECT 1")).status == 415
    wrong = await api.post("/v1/query", data="{", headers={"Content-Type": "application/json"})
    assert wrong.status == 400
    assert (await api.post("/v1/query", json=["SELECT 1"])).status == 400


async def test_the_labels_are_shown(api: Api) -> None:
    status, answer = await get(api, "/v1/last-received")
    assert status == 200
    (store,) = answer["apps"][0]["stores"]
    assert answer["apps"][0]["plan_text"] == "Grow (Sandbox)"
    assert (store["text"], store["why"]) == ("No notifications received", "nothing came")
    assert store["last_received_at"] is None


async def test_lag_is_shown_by_group_and_by_partition(api: Api) -> None:
    status, answer = await get(api, "/v1/lag")
    assert status == 200
    assert "Start python -m streams track." in [one["do"] for one in answer.pop("attention")]
    assert answer == {
        "groups": [{"group": "charts", "topic": "events", "records": 3, "seconds": 1.5}],
        "partitions": [
            {"group": "charts", "topic": "events", "partition": 0, "records": 3, "seconds": 1.5}
        ],
    }


async def test_a_broker_that_is_away_is_503_and_charts_go_on(clickhouse: Engine) -> None:
    async with Reader(clickhouse) as reader:
        application = ChartsApi(reader, Labels(), LagWatch(no_broker), PROJECT).application()
        async with TestClient(TestServer(application)) as api:
            response = await api.get("/v1/lag")
            assert (response.status, response.headers["Retry-After"]) == (503, "1")
            assert (await api.get("/v1/charts/mrr")).status == 200


async def test_attempts_are_found_by_destination_event_and_result(api: Api, writer: Writer) -> None:
    later = clock.now()
    writer.write(
        [
            attempt(result=AttemptResult.RETRY, status=500),
            attempt(attempt=2, started_at=later),
            attempt(destination="slack", event_id="e2"),
            outcome(),
        ]
    )
    _, answer = await get(api, "/v1/attempts", destination="backend")
    assert [(row["attempt"], row["result"]) for row in answer["attempts"]] == [
        *((2, "delivered"), (1, "retry")),
    ]
    assert len((await get(api, "/v1/attempts", event_id="e2"))[1]["attempts"]) == 1
    assert len((await get(api, "/v1/attempts", result="retry"))[1]["attempts"]) == 1
    assert len((await get(api, "/v1/attempts", limit="2"))[1]["attempts"]) == 2
    status, answer = await get(api, "/v1/attempts", limit="0")
    assert (status, answer["error"]) == (400, "limit is '0': use a whole number from 1 to 1000")


async def test_deliveries_are_summed_up_by_destination(api: Api, writer: Writer) -> None:
    at = clock.now() - timedelta(minutes=5)
    told = {"started_at": at, "event_received_at": at - timedelta(milliseconds=30)}
    writer.write(
        [
            attempt(**told, result=AttemptResult.RETRY),
            attempt(**told, attempt=2),
            attempt(**told, event_id="e2"),
            attempt(**told, event_id="e3", result=AttemptResult.DEAD, attempt=0),
            attempt(event_id="old", started_at=at - timedelta(days=3)),
        ]
    )
    status, answer = await get(api, "/v1/deliveries/summary")
    assert status == 200
    (one,) = answer["destinations"]
    assert {name: one[name] for name in ("events", "attempts", "delivered", "retries", "dead")} == {
        "events": 3,
        "attempts": 3,
        "delivered": 2,
        "retries": 1,
        "dead": 1,
    }
    assert one["delivered_after_ms_p50"] == 42.5
    assert (await get(api, "/v1/deliveries/summary", hours="x"))[0] == 400


async def test_what_is_asked_wrongly_elsewhere_is_json_too(api: Api) -> None:
    assert isinstance(api.session, ClientSession)
    assert (await get(api, "/v1/nothing"))[0] == 404
    response = await api.post("/v1/charts")
    assert (response.status, "error" in await response.json()) == (405, True)
