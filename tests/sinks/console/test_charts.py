"""The charts' pages: drawn, as numbers, as a file; refusals that name the parameter."""

from datetime import timedelta
from pathlib import Path

import pytest

from sinks.charts.catalog import read_catalog
from sinks.charts.engine import Engine
from sinks.charts.writer import Writer
from sinks.console.cohorts import cohorts
from streams.observe import clock
from tests.sinks.charts.asking import write
from tests.sinks.charts.story import Story
from tests.sinks.console.site import Site, site

RANGE = {"from": "2026-01-31", "to": "2026-02-01", "resolution": "day"}
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def story(writer: Writer) -> Story:
    """9.99 USD a month until the end of January."""
    told = Story()
    told.pays("2026-01-01", "2026-02-01", "9.99")
    write(writer, told)
    return told


async def test_every_chart_of_the_catalog_is_listed_and_has_a_page(
    console: Site, story: Story
) -> None:
    index = await console.get("/charts")
    for name in read_catalog():
        assert f'href="/charts/{name}"' in index
        page = await console.get(f"/charts/{name}")
        assert '<h2 id="numbers-title">Numbers</h2>' in page
        assert " style=" not in page
        assert "<style" not in page


async def test_a_chart_is_drawn_with_its_numbers_in_a_table_and_a_file(
    console: Site, story: Story
) -> None:
    page = await console.get("/charts/mrr", **RANGE)
    file = await console.client.get("/charts/mrr.csv", params=RANGE)

    assert "9.99 USD at first, 0.00 USD at last" in page
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="drawing"' in page
    assert '<th scope="row">2026-01-31</th>' in page
    assert 'href="/charts/mrr.csv?environment=PRODUCTION&amp;from=2026-01-31' in page
    assert file.content_type == "text/csv"
    assert (await file.text()).splitlines() == [
        "period_start,segment,mrr_usd_micros,mrr_usd,incomplete,unpriced",
        "2026-01-31,,9990000,9.99,False,0",
        "2026-02-01,,0,0.0,False,0",
    ]


async def test_the_file_needs_no_key_of_the_api_but_a_way_into_the_console(
    clickhouse: Engine, tmp_path: Path
) -> None:
    environ = {"SN_CHARTS_KEY": "k" * 32}
    async with site(clickhouse, tmp_path, environ) as served:
        closed = await served.client.get("/charts/mrr.csv", params=RANGE)
    assert closed.status == 403


async def test_a_share_of_nothing_is_said_to_be_none_and_is_no_0(
    console: Site, story: Story
) -> None:
    asked = {"from": "2025-11-01", "to": "2025-12-31", "resolution": "month"}
    page = await console.get("/charts/churn", **asked)

    assert "Churn: nothing is known of this range." in page
    assert page.count("nothing to measure</span>") == 2
    assert "0.0 %" not in page


async def test_the_present_period_is_said_to_be_incomplete_in_the_drawing_and_the_table(
    console: Site, story: Story
) -> None:
    page = await console.get("/charts/active_subscriptions")

    assert page.count('<span class="badge plain">incomplete</span>') == 1
    assert "shade-0 open" in page
    assert "Dashed: a period that is not complete." in page


async def test_what_has_no_price_is_said_beside_the_money(console: Site, writer: Writer) -> None:
    story = Story()
    today = clock.now().date()
    story.pays(str(today - timedelta(days=3)), str(today + timedelta(days=20)), None)
    write(writer, story)

    assert "1 without a price in USD" in await console.get("/charts/mrr")
    assert "without a price" not in await console.get("/charts/active_trials")


async def test_segments_are_lines_with_a_legend(
    console: Site, writer: Writer, story: Story
) -> None:
    other = Story(store="stripe")
    other.pays("2026-01-01", "2026-02-01", "5.00")
    write(writer, other)
    page = await console.get("/charts/mrr", segment="store", **RANGE)

    assert "fill-1" in page
    assert "app_store</li>" in page
    assert "<td>stripe</td>" in page


async def test_retention_is_a_table_of_cohorts(console: Site, writer: Writer) -> None:
    stays, goes = Story("stays"), Story("goes")
    stays.pays("2026-01-01", "2026-02-01", "9.99")
    stays.pays("2026-02-01", "2026-03-01", "9.99")
    goes.pays("2026-01-02", "2026-02-02", "9.99")
    write(writer, stays, goes)
    asked = {"from": "2026-01-01", "to": "2026-01-31", "resolution": "month"}
    page = await console.get("/charts/retention", **asked)

    assert '<td class="number heat-10">100 %</td>' in page
    assert '<td class="number heat-5">50 %</td>' in page


def test_a_cohort_that_is_not_old_enough_has_no_cell() -> None:
    rows = [
        {
            "period_start": start,
            "segment": "",
            "period": period,
            "cohort_size": 4,
            "retained": 2,
            "retention": 0.5,
            "incomplete": period == 1,
        }
        for start, period in (("2026-01-01", 0), ("2026-01-01", 1), ("2026-02-01", 0))
    ]
    newest, oldest = cohorts(rows)
    assert [cell.share for cell in newest.cells] == [0.5, None]
    assert [cell.incomplete for cell in oldest.cells] == [False, True]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"from": "yesterday"}, "from is"),
        ({"segment": "color"}, "segment is"),
        ({"measure": "joy"}, "measure is"),
        ({"apps": "tide"}, "apps: no such parameter"),
        ({"app": HOSTILE + "\n"}, "app: at most 255 printable"),
    ],
)
async def test_a_parameter_that_is_not_right_is_named(
    console: Site, asked: dict[str, str], told: str
) -> None:
    response = await console.client.get("/charts/mrr", params=asked)
    text = await response.text()

    assert response.status == 400
    assert told in text
    assert "<script>alert" not in text


async def test_hostile_values_are_shown_as_what_they_are(console: Site, writer: Writer) -> None:
    story = Story(product=HOSTILE)
    story.pays("2026-01-01", "2026-02-01", "9.99")
    write(writer, story)
    page = await console.get("/charts/mrr", segment="product", **RANGE)
    none = await console.get("/charts/mrr", app=HOSTILE, **RANGE)

    assert "&#34;&gt;&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page + none


async def test_a_chart_that_is_not_there_names_those_that_are(console: Site) -> None:
    response = await console.client.get("/charts/joy")
    assert response.status == 404
    assert "active_subscriptions" in await response.text()


async def test_a_range_is_a_link_that_keeps_what_was_chosen(console: Site) -> None:
    page = await console.get("/charts/lag", environment="SANDBOX", measure="events")
    first = (clock.now().date() - timedelta(days=6)).isoformat()

    assert f"from={first}" in page
    assert "environment=SANDBOX" in page
    assert "measure=events" in page
