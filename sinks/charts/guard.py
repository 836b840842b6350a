"""What may be asked by POST /v1/query: one SELECT that reads tables and nothing else.

`readonly` stops writes, settings and most table functions, but in the process of chDB it lets
`file('/etc/passwd')`, INTO OUTFILE and KILL pass. So ClickHouse's own parser takes the statement
apart: it must parse alone, it must parse as a subquery (only a plain SELECT does), every table
function in it is looked at, and every name: `APPLY(file)` and `arrayMap(file, ...)` call a function that
stands in the tree as none.
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
# As ClickHouse writes a statement: a text, whatever is in it; a name in quotes; a name.
_NAME = re.compile(r"'(?:[^'\\]|\\.)*'|`((?:[^`\\]|\\.)*)`|(\w+)", re.DOTALL)
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
    tables = (name for name in _table_functions(tree) if name not in views)
    for name in (
        *(name for name in tables if name.lower() not in _TABLE_FUNCTIONS),
        *(name for name in _names(formatted) if name.lower() in _REFUSED),
    ):
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


def _table_functions(tree: Sequence[str]) -> Iterator[str]:
    """Names of the functions that stand where a table does."""
    before = ""
    for line in tree:
        found = _FUNCTION.match(line)
        if found is not None and before.lstrip().startswith(_TABLE):
            yield found[1]
        before = line


def _names(formatted: str) -> Iterator[str]:
    """Of functions, columns and all else; what a text holds is none."""
    return (found[1] or found[2] for found in _NAME.finditer(formatted) if found[1] or found[2])
