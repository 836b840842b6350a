"""The page of all destinations: how each stands and does, and what died by reason."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from sinks.charts.engine import Engine
from sinks.charts.writer import Writer
from sinks.delivery.attempts import AttemptResult
from sinks.delivery.lane_report import LaneReport, ProcessReport, report_out
from sinks.delivery.plan import State
from sinks.delivery.standing import Decided, Decision
from streams.contracts.step import Record
from streams.contracts.topics import LANES
from streams.observe import clock
from tests.sinks.charts.records import attempt
from tests.sinks.console.site import Site, site
from tests.sinks.delivery.deliveries import plan

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest_asyncio.fixture
async def console(clickhouse: Engine, tmp_path: Path) -> AsyncIterator[Site]:
    plans = (
        plan("backend"),
        plan("quiet", state=State.PAUSED),
        plan("forward/notes/stripe", type="forward"),
    )
    async with site(clickhouse, tmp_path, plans=plans) as served:
        yield served


def tell(console: Site, *lanes: LaneReport, quiet: tuple[str, ...] = ()) -> None:
    """As a process that delivers would."""
    report = ProcessReport(process="deliver-0", told_at=clock.now(), lanes=lanes, quiet=quiet)
    out = report_out("deliver-0", report)
    record = Record(topic=LANES, partition=0, offset=0, key=out.key, value=out.value or b"")
    console.parts.lanes.on_record(record)


def row(page: str, name: str) -> str:
    """The row of a destination."""
    start = page.index(f">{name}</a> <span")
    return page[start : page.index("</tr>", start)]


async def test_without_a_process_that_delivers_the_page_says_so(console: Site) -> None:
    page = await console.get("/destinations")

    assert "No process that delivers has said anything" in page
    assert "nobody delivers" in row(page, "backend")


async def test_an_open_breaker_is_shown_with_its_reason_and_what_waits(
    console: Site, writer: Writer
) -> None:
    now = clock.now()
    lane = LaneReport(
        destination="backend",
        probe_at=now + timedelta(minutes=1),
        opened_at=now,
        reason="http_503",
        put_off=41,
        put_off_reason="breaker_open",
    )
    tell(console, lane, quiet=("quiet", "forward/notes/stripe"))
    due_at = now + timedelta(minutes=5)
    failed = attempt(
        started_at=now, result=AttemptResult.RETRY, reason="http_503", status=503, next_at=due_at
    )
    writer.write([failed])
    page = await console.get("/destinations")
    shown = row(page, "backend")

    assert '<span class="badge bad">open</span>' in shown
    assert "http_503" in shown
    assert '<td class="number">42</td>' in shown, "41 put off, and one after a failure"
    assert "2 of 3 need a look" in page
    assert "backend</a> (breaker open)" in page
    assert "quiet</a> (paused)" in page


async def test_a_destination_that_is_well_is_no_trouble(console: Site, writer: Writer) -> None:
    tell(console, quiet=("backend", "quiet", "forward/notes/stripe"))
    writer.write([attempt(started_at=clock.now())])
    decision = Decision(state=Decided.ACTIVE, reason="by an operator", decided_at=clock.now())
    console.parts.standing.decide("quiet", decision)
    page = await console.get("/destinations")

    assert "All 3 are well." in page
    assert "100.0 %" in row(page, "backend")
    assert '<span class="badge good">active</span>' in row(page, "quiet")


async def test_dead_letters_are_counted_by_reason_those_of_removed_destinations_too(
    console: Site, writer: Writer
) -> None:
    died = {"result": AttemptResult.DEAD, "started_at": clock.now()}
    writer.write([attempt(event_id=f"e-{n}", reason="exhausted: http_500", **died) for n in (1, 2)])
    writer.write([attempt(event_id="e-3", destination=HOSTILE, reason=HOSTILE, **died)])
    page = await console.get("/destinations")

    assert '<td>exhausted: http_500</td>\n        <td class="number">2</td>' in page
    assert "not in the project file" in page
    assert HOSTILE not in page
    assert "&#34;&gt;&lt;img src=x" in page


async def test_without_any_destination_the_page_says_how_to_add_one(
    clickhouse: Engine, tmp_path: Path
) -> None:
    async with site(clickhouse, tmp_path) as served:
        assert "[[destinations]]" in await served.get("/destinations")


async def test_a_name_with_slashes_leads_to_its_page(console: Site) -> None:
    page = await console.get("/destinations")
    assert 'href="/destinations/forward%2Fnotes%2Fstripe"' in page
    response = await console.client.get("/destinations/forward%2Fnotes%2Fstripe")
    assert response.status == 200


async def test_the_charts_api_tells_the_same_for_the_command(console: Site, writer: Writer) -> None:
    writer.write([attempt(started_at=clock.now())])
    response = await console.client.get("/v1/deliveries/health")
    (one,) = (await response.json())["destinations"]

    assert (one["destination"], one["success_1h"], one["retries_waiting"]) == ("backend", 1.0, 0)
    assert one["dead"] == {}
