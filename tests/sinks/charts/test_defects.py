"""A defect of ours in the charts API: told by the log, not by the answer, and nobody else is hurt."""

from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from sinks.charts.api import ChartsApi
from sinks.charts.engine import Engine
from sinks.charts.lag_watch import LagWatch
from sinks.charts.last_received import Labels
from sinks.charts.reader import Reader
from streams.kafka.lag import GroupLag
from tests.sinks.charts.test_api import get
from tests.sinks.charts.test_last_received import PROJECT


async def defective() -> list[GroupLag]:
    raise KeyError("the inside")


async def test_it_is_500_without_its_inside_and_charts_go_on(clickhouse: Engine) -> None:
    async with Reader(clickhouse) as reader:
        application = ChartsApi(reader, Labels(), LagWatch(defective), PROJECT).application()
        async with TestClient(TestServer(application)) as api:
            with capture_logs() as logs:
                status, answer = await get(api, "/v1/lag")
            assert (await api.get("/v1/charts/mrr")).status == 200

    assert (status, answer) == (500, {"error": "this is a defect; the log has it"})
    (told,) = [one for one in logs if one["event"] == "request_failed"]
    assert (told["log_level"], told["path"], told["exc_info"]) == ("error", "/v1/lag", True)
