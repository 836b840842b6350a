"""A chart is a file: its comment documents it, its SQL says what it takes."""

import re

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.catalog import read_catalog, view_names
from sinks.charts.migrations import VIEWS, Script, scripts
from sinks.charts.parameters import PARAMETERS, read_parameters
from sinks.charts.writer import Writer
from sinks.charts.written_out import written_out
from streams.observe import clock
from tests.sinks.charts.asking import of_view, tell
from tests.sinks.charts.test_oracle import history

ORDER = ["app", "store", "environment", "from", "to", "resolution", "segment"]
CHARTS = {
    "active_subscriptions", "active_trials", "actives_movement", "arr", "billing_recovery",
    "cancel_reasons", "churn", "lag", "ltv_per_paying_customer", "mrr", "mrr_movement",
    "new_paid_subscriptions", "new_paying_customers", "new_trials", "non_subscription_purchases",
    "refund_rate", "refunds", "retention", "revenue", "subscription_status", "trial_conversion",
    "trials_movement",
}  # fmt: skip


def test_every_chart_takes_the_parameters_in_their_order_and_documents_each_column() -> None:
    catalog = read_catalog()
    assert catalog.keys() == CHARTS
    for chart in catalog.values():
        assert list(chart.parameters)[: len(ORDER)] == ORDER
        assert chart.description.endswith(".")
        assert {"period_start", "segment", "incomplete"} <= chart.columns.keys()
        money = any("_usd" in column for column in chart.columns)
        assert "unpriced" in chart.columns or not money, "what is worth nothing for want of a rate"


OURS = {"part", "families", "fill"}  # written by the charts that read these views
MORE = ["window_days", "refunds_on", "duration"]
# By the end of a column's name; what ends otherwise is a count.
TYPES = {
    "period_start": "Date", "segment": "String", "status": "String", "incomplete": "Bool",
    "store": "LowCardinality(String)", "origin": "LowCardinality(String)", "reason": "LowCardinality(String)",
    "ltv_usd": "Nullable(Decimal(38, 6))", "_usd": "Decimal(38, 6)", "_usd_micros": "Int64",
    "_rate": "Nullable(Float64)", "retention": "Float64", "days_to_recover": "Nullable(Float64)",
}  # fmt: skip


def type_of(column: str) -> str:
    if column.startswith("received_to_delivered"):
        return "Nullable(Int64)"
    return next((kind for end, kind in TYPES.items() if column.endswith(end)), "Int64")


def test_what_some_charts_take_besides_is_in_its_order_too() -> None:
    for chart in read_catalog().values():
        more = list(chart.parameters)[len(ORDER) :]
        assert more == [name for name in MORE if name in more]


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_a_chart_has_the_columns_that_it_documents_each_of_its_type(
    client: Client, name: str
) -> None:
    chart = read_catalog()[name]
    asked = read_parameters(chart.parameters, {}, clock.now().date())
    found = client.query(f"DESCRIBE TABLE ({of_view(chart)})", parameters=asked)
    columns = [row[0] for row in found.result_rows]
    assert columns == list(chart.columns)
    assert [row[1] for row in found.result_rows] == [type_of(column) for column in columns]
    assert "unpriced" in columns or not any("usd" in column for column in columns)


@pytest.mark.parametrize(
    ("name", "more"),
    [*((name, {}) for name in sorted(CHARTS)), ("revenue", {"refunds_on": "refund"})],
)
def test_the_api_s_statement_is_the_view(
    client: Client, writer: Writer, name: str, more: dict[str, str]
) -> None:
    chart = read_catalog()[name]
    tell(writer, history(17, clock.now(), 30))
    given = {"segment": "product", **more}
    asked = read_parameters(chart.parameters, given, clock.now().date())
    direct = client.query(chart.question(asked), parameters=asked)
    by_view = client.query(of_view(chart), parameters=asked)
    assert direct.column_names == by_view.column_names
    assert direct.result_rows == by_view.result_rows != []


@pytest.mark.parametrize("name", sorted({*CHARTS} - {"lag"}))
def test_a_statement_has_the_views_written_out_that_it_is_made_of(name: str) -> None:
    assert not re.search(r"FROM \w+\(", read_catalog()[name].statement)


def test_a_view_that_is_given_an_expression_is_asked() -> None:
    views = {
        "those": "CREATE OR REPLACE VIEW those AS\nSELECT {part:String}, {fill:UInt64} FROM t;"
    }
    assert written_out("FROM those(part = '', fill = 0)", views) == "FROM (\nSELECT '', 0 FROM t\n)"
    given = "FROM those(part = '', fill = first)"
    assert written_out(given, views) == given


def test_a_statement_is_rid_of_what_another_choice_needs() -> None:
    revenue = read_catalog()["revenue"]
    by_payment, by_refund = (
        revenue.question({"refunds_on": choice}) for choice in ("original", "refund")
    )
    assert "refunds.whole" not in by_payment
    assert "refunds.whole" in by_refund
    assert "Only with" not in by_payment + by_refund


def test_a_view_beside_the_charts_is_no_chart() -> None:
    assert "paid_periods_at" in view_names()
    assert "paid_periods_at" not in read_catalog()


def test_no_view_names_a_parameter_that_nobody_checks() -> None:
    """Or that the charts which read it write themselves."""
    for script in scripts(VIEWS):
        (chart,) = read_catalog([Script(name="chart_x.sql", text=script.text)]).values()
        named = set(script.text.replace("{", " {").split())
        wanted = {word[1 : word.index(":")] for word in named if word.startswith("{")}
        assert wanted <= PARAMETERS.keys() | (
            OURS if not script.name.startswith("chart_") else set()
        )
        assert set(chart.parameters) == wanted - OURS


def test_a_new_file_is_a_new_chart() -> None:
    text = (
        "-- What it shows,\n-- in two lines.\n--   n: how many\n"
        "CREATE OR REPLACE VIEW chart_new AS\n"
        "SELECT count() AS n FROM events WHERE app_id = {app:String} AND occurred_at > {from:Date};\n"
    )
    (chart,) = read_catalog([Script(name="chart_new.sql", text=text)]).values()
    assert (chart.name, chart.view) == ("new", "chart_new")
    assert chart.description == "What it shows, in two lines."
    assert chart.columns == {"n": "how many"}
    assert chart.statement.startswith("SELECT count() AS n FROM events")
    assert chart.statement.endswith("{from:Date}")
