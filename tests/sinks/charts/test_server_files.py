"""The files for a ClickHouse server: every panel's question is answered, the reader reads charts alone."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from streams.contracts.codec import read_json
from streams.observe import clock
from tests.sinks.charts.asking import tell
from tests.sinks.charts.lives import lives
from tests.sinks.charts.records import attempt, outcome

FOLDER = Path(__file__).parents[3] / "deploy" / "clickhouse"
DASHBOARD: dict[str, Any] = dict(read_json((FOLDER / "grafana.json").read_bytes()))
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"]}
VARIABLES = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
READER = ElementTree.parse(FOLDER / "reader.xml").getroot()


def asked(sql: str, **chosen: str) -> str:
    """As Grafana sends it: macros as they expand, variables as they are chosen or as they begin."""
    now = int(clock.now().timestamp())
    sql = sql.replace("$__fromTime", f"toDateTime({now - 90 * 86_400})")
    sql = sql.replace("$__toTime", f"toDateTime({now})")
    for name, one in VARIABLES.items():
        begins = one.get("current", {}).get("value", "")
        sql = sql.replace(f"${{{name}}}", chosen.get(name, begins))
    return sql


@pytest.fixture
def _told(client: Client, writer: Writer) -> None:
    now = clock.now()
    tell(writer, lives(13, 60, now))
    before = now - timedelta(minutes=1)  # the dashboard asks by whole seconds
    writer.write([outcome(received_at=before), attempt(started_at=before)])


@pytest.mark.usefixtures("_told")
def test_every_panels_question_is_answered_by_the_engine(client: Client) -> None:
    assert PANELS
    for title, panel in PANELS.items():
        (target,) = panel["targets"]
        sql = asked(target["rawSql"])
        assert "$" not in sql, f"{title} asks for a variable that is not there"
        found = client.query(sql)
        assert found.result_rows, f"{title} shows nothing"
        if panel["type"] == "timeseries":
            assert found.column_names[0] == "time"
            assert found.column_types[0].name.startswith("DateTime"), title


@pytest.mark.usefixtures("_told")
@pytest.mark.parametrize("name", ["environment", "resolution", "segment"])
def test_every_choice_of_a_variable_is_answered(client: Client, name: str) -> None:
    answers = {
        option["value"]: client.query(
            asked(PANELS["MRR"]["targets"][0]["rawSql"], **{name: option["value"]})
        )
        for option in VARIABLES[name]["options"]
    }
    assert len(answers) > 1
    assert {value for value, found in answers.items() if found.column_names[0] != "time"} == set()


def test_panels_have_places_of_their_own_and_say_what_they_show() -> None:
    places = {(one["gridPos"]["x"], one["gridPos"]["y"]) for one in PANELS.values()}
    assert len(places) == len({one["id"] for one in PANELS.values()}) == len(PANELS)
    assert all(
        one["description"] and one["fieldConfig"]["defaults"]["unit"] for one in PANELS.values()
    )


def test_the_readers_settings_are_settings_of_this_engine(client: Client) -> None:
    profile = READER.find("profiles/charts_reader")
    assert profile is not None
    names = [one.tag for one in profile if one.tag != "constraints"]
    known = client.query("SELECT name FROM system.settings WHERE has({names:Array(String)}, name)", {"names": names})  # fmt: skip
    assert sorted(names) == sorted(row[0] for row in known.result_rows)
    assert profile.findtext("readonly") == "1"
    assert profile.find("constraints/max_execution_time/changeable_in_readonly") is not None


def test_the_reader_is_granted_charts_but_not_what_stores_sent_about_people(client: Client) -> None:
    grants = [one.text or "" for one in READER.findall("users/charts_reader/grants/query")]
    for grant in grants:
        whom = "TO" if grant.startswith("GRANT") else "FROM"
        client.query("SELECT formatQuery({sql:String})", {"sql": f"{grant} {whom} charts_reader"})
    assert grants[0] == "GRANT SELECT ON charts.*"
    tables = {row[0] for row in client.query("SHOW TABLES").result_rows}
    revoked = {grant.removeprefix("REVOKE SELECT ON charts.") for grant in grants[1:]}
    assert revoked == {"notifications", "erasures"}
    assert revoked < tables
