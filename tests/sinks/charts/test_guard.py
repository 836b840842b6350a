"""Somebody else's SQL: a SELECT passes, whatever reads files, writes or reaches out does not."""

from contextlib import nullcontext as does_not_raise
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.catalog import view_names
from sinks.charts.engine import Engine, QueryError, our_errors
from sinks.charts.guard import checked
from sinks.charts.reader import LIMITS

VIEWS = view_names()
ASKED = "app = '', store = '', environment = 'PRODUCTION', from = '2026-01-01', to = '2026-01-02'"


@pytest.fixture
def reading(clickhouse: Engine) -> Client:
    """A connection as readers have it."""
    return clickhouse.client(LIMITS)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "select count() from events final -- how many",
        "SELECT kind, sum(count) FROM outcomes GROUP BY kind ORDER BY kind LIMIT 5",
        "WITH 1 AS one SELECT one UNION ALL SELECT 2",
        "SELECT * FROM (SELECT number FROM numbers(3)) AS a JOIN (SELECT 1 AS number) AS b USING number",
        f"SELECT * FROM chart_mrr({ASKED}, resolution = 'day', segment = '')",
        "SELECT 'INTO OUTFILE; DROP TABLE events' AS text",
        "SELECT name FROM system.tables",
        "SELECT * APPLY(sum) FROM (SELECT 1 AS one)",
        r"SELECT 'file(\'x\')', 'it''s a file', 'sleep\\\\', `a'b` FROM (SELECT 1 AS `a'b`)",
    ],
)
def test_a_select_is_answered(reading: Client, sql: str) -> None:
    with does_not_raise(), our_errors("asking"):
        reading.query(checked(reading, sql, VIEWS))


REFUSED = {
    "reads a file": "SELECT file('{secret}')",
    "reads a file, hidden": "SELECT length((SELECT concat(FILE('{secret}'), 'x')))",
    "reads a file as a table": "SELECT * FROM file('{secret}', 'LineAsString', 'l String')",
    "reads a file of each column": "SELECT * APPLY(file) FROM (SELECT '{secret}' AS path)",
    "reads a file in a lambda": "SELECT * APPLY(p -> file(p)) FROM (SELECT '{secret}' AS path)",
    "reads a file of each element": "SELECT arrayMap(`file`, ['{secret}'])",
    "reads a file between quoted names": (
        "SELECT arrayMap(file, [`a'`]), `b'` FROM (SELECT '{secret}' AS `a'`, 1 AS `b'`)"
    ),
    "holds a thread for each column": "SELECT * APPLY(sleep) FROM (SELECT 3 AS seconds)",
    "writes a file": "SELECT 1 INTO OUTFILE '{written}'",
    "writes a file, out of the brackets": "SELECT 1) INTO OUTFILE '{written}' --",
    "writes a file, out of the brackets by a comment": "SELECT 1) INTO OUTFILE '{written}' /*",
    "two statements": "SELECT 1; SELECT 2",
    "inserts": "INSERT INTO mrr_durations VALUES ('P1M', 9, 9)",
    "drops": "DROP TABLE events",
    "alters": "ALTER TABLE events DELETE WHERE 1",
    "kills": "KILL QUERY WHERE 1",
    "sets": "SET readonly = 0",
    "loosens its limits": "SELECT 1 SETTINGS readonly = 0",
    "reaches out": "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
    "reaches out to another": "SELECT * FROM remote('127.0.0.1:1', system.one)",
    "asks the network's names": "SELECT reverseDNSQuery('127.0.0.1')",
    "reaches into this process": "SELECT * FROM python('x')",
    "runs a program": "SELECT * FROM executable('id', 'TSV', 'a String')",
    "holds a thread": "SELECT sleep(3)",
    "another format": "SELECT 1 FORMAT JSON",
    "shows": "SHOW TABLES",
    "nonsense": "SELEC 1",
    "nothing": "",
}


@pytest.mark.parametrize("why", REFUSED)
def test_nothing_else_is(reading: Client, tmp_path: Path, why: str) -> None:
    secret, written = tmp_path / "secret", tmp_path / "written"
    secret.write_text("top")
    sql = REFUSED[why].format(secret=secret, written=written)
    with pytest.raises(QueryError), our_errors("asking"):
        reading.query(checked(reading, sql, VIEWS))
    assert not written.exists()


def test_a_chart_without_its_parameters_says_where_they_are(reading: Client) -> None:
    with pytest.raises(QueryError, match=r"chart_mrr takes parameters, .* GET /v1/charts/mrr has"):
        checked(reading, "SELECT mrr_usd FROM chart_mrr AS m LIMIT 1", VIEWS)

    assert checked(reading, "SELECT * FROM v_payments", VIEWS)
