"""What may be asked by POST /v1/query: one SELECT that reads tables and nothing else.

`readonly` stops writes, settings and most table functions, but in the process of chDB it lets
`file('/etc/passwd')`, INTO OUTFILE and KILL pass. So ClickHouse's own parser takes the statement
apart: it must parse alone, it must parse as a subquery (only a plain SELECT does), and every table
function and scalar function in it is looked at.
"""

import re
from collections.abc import Iterator, Sequence

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from sinks.charts.catalog import CHART
from sinks.charts.engine import QueryError

_TABLE_FUNCTIONS = frozenset(
    {"numbers", "numbers_mt", "zeros", "zeros_mt", "generateseries", "generate_series", "values"}
)
# They read files, ask the network, or only hold a thread.
_REFUSED = frozenset(
    {"file", "reversednsquery", "sleep", "sleepeachrow"}
    | {"aiclassify", "aiembed", "aiextract", "aifilter"}
    | {"aigenerate", "airedact", "aisimilarity", "aitranslate"}
)
_FUNCTION = re.compile(r"^ *Function (\S+)")
_IDENTIFIER = re.compile(r"^ *TableIdentifier (\w+)")
_TABLE = "TableExpression"
_ONE_SELECT = "answered is one SELECT, without FORMAT, INTO OUTFILE or a second statement"


def checked(client: Client, sql: str, views: frozenset[str]) -> str:
    """The statement as ClickHouse writes it; QueryError says why it is not answered."""
    formatted = str(client.query("SELECT formatQuery({sql:String})", {"sql": sql}).first_row[0])
    tree = _tree(client, formatted)
    for name in _bare_charts(tree, views):
        raise QueryError(
            f"{name} takes parameters, as in {name}(app = '', store = '', ...): GET /v1/charts names"
            f" them, and GET /v1/charts/{name.removeprefix(CHART)} has a default for each",
            name="REFUSED",
        )
    for name, is_table in _functions(tree):
        refused = name not in views and name.lower() not in _TABLE_FUNCTIONS
        if refused if is_table else name.lower() in _REFUSED:
            raise QueryError(f"the function {name} is not answered here", name="REFUSED")
    return formatted


def _tree(client: Client, formatted: str) -> list[str]:
    """Of the statement inside another, where nothing but a SELECT can stand."""
    try:
        inside = f"EXPLAIN AST SELECT * FROM ({formatted}\n)"  # noqa: S608 - this is the check
        found = client.query(inside)
    except DatabaseError as error:
        raise QueryError(_ONE_SELECT, name="REFUSED") from error
    return [str(row[0]) for row in found.result_rows]


def _bare_charts(tree: Sequence[str], views: frozenset[str]) -> Iterator[str]:
    """Charts that stand where a table does, without their parameters."""
    named = (found[1] for line in tree if (found := _IDENTIFIER.match(line)))
    return (name for name in named if name.startswith(CHART) and name in views)


def _functions(tree: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each function's name, and whether it stands where a table does."""
    before = ""
    for line in tree:
        found = _FUNCTION.match(line)
        if found is not None:
            yield found[1], before.lstrip().startswith(_TABLE)
        before = line
