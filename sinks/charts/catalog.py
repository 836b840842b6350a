"""The charts there are, read from their own files: views/chart_<name>.sql is one chart.

The comment at the file's head is its documentation: a text, then a line for each column. Its
parameters are those that its SQL names, so a new chart is one file.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sinks.charts.migrations import VIEWS, Script, scripts
from sinks.charts.parameters import PARAMETERS
from sinks.charts.written_out import body, only_with, written_out

CHART = "chart_"
_PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
_COLUMN = re.compile(r"^--   (\w+): (.+)$", re.MULTILINE)
_TEXT = re.compile(r"^-- (\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`columns`: name to meaning with its unit. `types`: parameter to ClickHouse type. `statement`: says what
    the view says, each parameter to be bound: see written_out."""

    name: str
    view: str
    description: str
    statement: str
    columns: Mapping[str, str]
    types: Mapping[str, str]

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(self.types)

    def question(self, parameters: Mapping[str, object]) -> str:
        """The statement to bind these parameters to: it is answered sooner than the view, and says the same."""
        return only_with(self.statement, parameters)


def read_catalog(found: Iterable[Script] | None = None) -> dict[str, Chart]:
    """Every chart by name."""
    files = scripts(VIEWS) if found is None else list(found)
    views = {script.name.removesuffix(".sql"): script.text for script in files}
    charts = (_chart(script, views) for script in files if script.name.startswith(CHART))
    return {chart.name: chart for chart in charts}


def view_names() -> frozenset[str]:
    """Every view there is, charts or not: what a table function may be called."""
    names = {script.name.removesuffix(".sql"): script.text for script in scripts(VIEWS)}
    return frozenset(name for name, text in names.items() if f"REPLACE VIEW {name} " in text)


def declared(script: Script) -> dict[str, str]:
    """A view's parameters, each with its ClickHouse type."""
    return dict(_PARAMETER.findall(script.text))


def _chart(script: Script, views: Mapping[str, str]) -> Chart:
    view = script.name.removesuffix(".sql")
    head, _, _ = script.text.partition("CREATE OR REPLACE VIEW")
    types = declared(script)
    return Chart(
        name=view.removeprefix(CHART),
        view=view,
        statement=written_out(body(view, script.text), views),
        description=" ".join(_TEXT.findall(head)),
        columns=dict(_COLUMN.findall(head)),
        types={name: types[name] for name in PARAMETERS if name in types},
    )
