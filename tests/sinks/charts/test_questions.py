"""What an analyst asks of two apps' half a year, answered by hand: literals from the events, on Wednesday
June 17th 2026, 15:00."""

from collections.abc import AsyncIterator, Iterator
from csv import DictReader
from dataclasses import replace
from io import StringIO

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from clickhouse_connect.driver.client import Client

from sinks.charts.api import ChartsApi
from sinks.charts.catalog import read_catalog
from sinks.charts.engine import Engine
from sinks.charts.lag_watch import LagWatch
from sinks.charts.last_received import Labels
from sinks.charts.reader import Reader
from sinks.charts.writer import Writer
from streams.contracts.words import Reason
from tests.sinks.charts.asking import of_view, told, write
from tests.sinks.charts.frozen import frozen
from tests.sinks.charts.story import Story, micros, moment
from tests.sinks.charts.test_api import Api, lags
from tests.sinks.charts.test_last_received import PROJECT

TODAY = "2026-06-17"


def yearly() -> Story:
    story = Story("yearly", product="yearly", duration="P1Y", customer="yara")
    story.pays("2026-01-15", "2027-01-15", "119.88")
    return story


def german() -> Story:
    """8 EUR a month; the rate moved; the second month's money went back on June 5th."""
    story = Story("german", country="DE", customer="gerd", first_seen="2026-04-01")
    euros = {"currency": "EUR", "price_micros": micros("8")}
    story.pays("2026-04-10", "2026-05-10", "9.00", **euros)
    story.pays("2026-05-10", "2026-06-10", "9.20", **euros)
    story.refunds("2026-06-05", "9.20", price_micros=-micros("8"))
    return story


def upgrade() -> Story:
    story = Story("upgrade", app="reef", store="play_store", country="JP", customer="jiro")
    story.pays("2026-05-01", "2026-06-01", "4.99", product_id="basic")
    story.changes("2026-05-16", "pro")
    story.pays("2026-05-16", "2026-06-16", "9.99")
    story.pays("2026-06-16", "2026-07-16", "9.99")
    return story


def no_rate() -> Story:
    story = Story("no rate", app="reef", store="play_store", country="BR", customer="bia")
    story.pays("2026-06-01", "2026-07-01", None, currency="BRL")
    return story


def trials() -> tuple[Story, ...]:
    """Converted, pending and given up."""
    paid, waits, stops = (Story(f"trial {n}", customer=f"tess-{n}") for n in range(3))
    paid.tries("2026-06-01", "2026-06-08")
    paid.pays("2026-06-08", "2026-07-08", "9.99")
    waits.tries("2026-06-14", "2026-06-21")
    stops.tries("2026-06-14", "2026-06-21")
    stops.cancels("2026-06-15", Reason.UNSUBSCRIBE)
    return paid, waits, stops


def transferred() -> Story:
    story = Story("transferred", customer="ann")
    story.pays("2026-05-20", "2026-06-20", "9.99")
    story.goes_to("ben", "2026-06-02")
    return story


def family() -> Story:
    story = Story("family", customer="fay")
    story.pays("2026-05-20", "2026-06-20", "9.99", is_family_share=True)
    return story


def past_due() -> Story:
    """Its charge failed five minutes before midnight."""
    story = Story("past due", store="stripe", customer="pat")
    story.pays("2026-05-16 23:50", "2026-06-16 23:50", "20.00")
    story.fails("2026-06-16 23:55", None, period="p2", expires_at=moment("2026-07-16 23:50"))
    return story


@pytest.fixture
def asked(client: Client, writer: Writer) -> Iterator[Client]:
    lives = yearly(), german(), upgrade(), no_rate(), transferred(), family(), past_due()
    write(writer, *lives, *trials())
    with frozen(client, moment(f"{TODAY} 15:00")):
        yield client


def test_how_many_subscribers_has_each_app_now(asked: Client) -> None:
    found = told(
        asked,
        "active_subscriptions",
        "segment active_subscriptions incomplete unpriced",
        *(TODAY, TODAY),
        resolution="day",
        segment="app",
    )
    assert found == [("reef", 2, True, 1), ("tide", 4, True, 0)]


def test_from_which_countries_does_the_money_come(asked: Client) -> None:
    """Germany's has gone: the refund ended it."""
    found = told(
        asked, "mrr", "segment mrr_usd unpriced", TODAY, TODAY, resolution="day", segment="country"
    )
    assert found == [("BR", 0.0, 1), ("JP", 9.99, 0), ("US", 49.97, 0)]


def test_what_did_we_earn_this_week_against_the_last(asked: Client) -> None:
    found = told(
        asked,
        "revenue",
        "period_start payments revenue_usd incomplete",
        *("2026-06-10", TODAY),
        resolution="week",
    )
    assert found == [("2026-06-07", 1, 9.99, False), ("2026-06-14", 1, 9.99, True)]


def test_in_which_month_does_a_refund_count(asked: Client) -> None:
    columns, range_ = "gross_usd refunded_usd revenue_usd unpriced", ("2026-05-01", "2026-06-30")
    by_payment = told(asked, "revenue", columns, *range_)
    by_refund = told(asked, "revenue", columns, *range_, refunds_on="refund")
    assert by_payment == [(54.17, 9.2, 44.97, 0), (19.98, 0.0, 19.98, 1)]
    assert by_refund == [(54.17, 0.0, 54.17, 0), (19.98, 9.2, 10.78, 1)]


def test_what_is_a_yearly_plan_worth_from_month_to_month(asked: Client) -> None:
    rows = told(
        asked, "mrr", "segment mrr_usd_micros", "2026-01-01", "2026-06-30", segment="product"
    )
    assert [usd for name, usd in rows if name == "yearly"] == [9_990_000] * 6


def test_what_became_of_this_months_trials_so_far(asked: Client) -> None:
    columns = "trials converted pending abandoned conversion_rate incomplete"
    found = told(asked, "trial_conversion", columns, "2026-06-01", TODAY)
    assert found == [(3, 1, 1, 1, pytest.approx(1 / 3), True)]


def test_what_did_an_upgrade_within_its_month_do(asked: Client) -> None:
    columns = "new_usd expansion_usd churned_usd change_usd unpriced"
    found = told(asked, "mrr_movement", columns, "2026-05-01", TODAY, app="reef")
    assert found == [(4.99, 5.0, 0.0, 9.99, 0), (0.0, 0.0, 0.0, 0.0, 1)]


def test_what_did_the_rate_do_and_what_the_refund(asked: Client) -> None:
    columns = "segment new_usd fx_usd churned_usd"
    rows = told(asked, "mrr_movement", columns, "2026-04-01", TODAY, segment="country")
    german = [row[1:] for row in rows if row[0] == "DE"]
    assert german == [(9.0, 0.0, 0.0), (0.0, 0.2, 0.0), (0.0, 0.0, -9.2)]


def test_who_began_to_pay_and_whose_is_what_was_handed_over(asked: Client) -> None:
    """Ann's payment is Ben's; Gerd's first month stayed paid; without a rate Bia pays all the same."""
    found = told(asked, "new_paying_customers", "new_paying_customers", "2026-01-01", TODAY)
    assert [row[0] for row in found] == [1, 0, 0, 1, 3, 2]
    columns = "paying_customers revenue_usd"
    cohort = told(asked, "ltv_per_paying_customer", columns, "2026-04-01", "2026-04-30")
    assert cohort == [(1, 9.0)], "Gerd, whose second month is outside of his 30 days"


def test_how_do_subscriptions_stand_while_a_charge_fails_over_midnight(asked: Client) -> None:
    days = told(
        asked,
        "active_subscriptions",
        "period_start active_subscriptions",
        *("2026-06-15", TODAY),
        resolution="day",
        store="stripe",
    )
    assert days == [("2026-06-15", 1), ("2026-06-16", 1), (TODAY, 1)]
    columns = "status active_subscriptions active_trials mrr_usd unpriced"
    assert told(asked, "subscription_status", columns, TODAY, TODAY) == [
        ("billing_issue", 1, 0, 20.0, 0),
        ("set_to_cancel", 0, 1, 0.0, 0),
        ("set_to_renew", 5, 1, 39.96, 1),
    ]


def test_what_did_we_lose_this_month(asked: Client) -> None:
    columns = "active_at_start churned resubscribed churn_rate"
    assert told(asked, "churn", columns, "2026-06-01", TODAY) == [(5, 1, 0, 0.2)]


@pytest_asyncio.fixture
async def api(clickhouse: Engine, asked: Client) -> AsyncIterator[Api]:
    async with Reader(clickhouse) as reader:
        charts = ChartsApi(reader, Labels(), LagWatch(lags), PROJECT)
        # Of the views the clock stands.
        charts._charts = {
            name: replace(chart, statement=of_view(chart)) for name, chart in charts._charts.items()
        }
        async with TestClient(TestServer(charts.application())) as client:
            yield client


async def test_a_file_says_what_the_api_says_of_every_chart(api: Api) -> None:
    """Cell by cell: what is null there is empty here."""
    for name in read_catalog():
        question = {"from": "2026-04-01", "to": TODAY, "resolution": "month", "segment": "product"}
        rows = (await (await api.get(f"/v1/charts/{name}", params=question)).json())["rows"]
        file = await (
            await api.get(f"/v1/charts/{name}", params={**question, "format": "csv"})
        ).text()
        assert list(DictReader(StringIO(file))) == [
            {column: "" if value is None else str(value) for column, value in row.items()}
            for row in rows
        ]
        assert rows or name in {"lag", "non_subscription_purchases"}, name


async def test_a_parameter_given_twice_is_refused_and_not_half_taken(api: Api) -> None:
    response = await api.get("/v1/charts/mrr", params=[("store", "stripe"), ("store", "app_store")])
    assert response.status == 400
    assert await response.json() == {"error": "store: given more than once"}


async def test_an_app_that_left_the_project_has_its_charts(api: Api, writer: Writer) -> None:
    left = Story(app="ebb")
    left.pays("2026-01-01", "2026-02-01", "5.00")
    write(writer, left)
    question = {"app": "ebb", "from": "2026-01-31", "to": "2026-01-31"}
    answer = await (await api.get("/v1/charts/mrr", params=question)).json()
    assert answer["rows"][0]["mrr_usd"] == 5.0
