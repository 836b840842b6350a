"""What a chart's page asks for, as a form: the chart's own parameters, and which column is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from sinks.charts.catalog import Chart
from sinks.charts.parameters import (
    REFUNDS_ON,
    RESOLUTIONS,
    SEGMENTS,
    ParameterError,
    read_parameters,
)
from sinks.console.drawing import Drawing, measures
from streams.contracts.project import Project
from streams.contracts.words import Environment

MEASURE = "measure"
_PRESETS = (
    ("7 days", 6, "day"),
    ("30 days", 29, "day"),
    ("90 days", 89, "day"),
    ("12 months", 364, "month"),
    ("3 years", 1095, "month"),
)
_LABELS = {"from": "From", "to": "To", "window_days": "Within days", "refunds_on": "Refunds on"}
_KINDS = {"from": "date", "to": "date", "window_days": "number"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`options`: value and text of each; none: it is typed in, as `kind` of <input>."""

    name: str
    label: str
    value: str
    kind: str = "text"
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    text: str
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`parameters`: as the chart is asked. `measure`: the column to draw; "": the drawing's own."""

    parameters: Mapping[str, object]
    measure: str

    @property
    def texts(self) -> dict[str, str]:
        told = {name: str(value) for name, value in self.parameters.items()}
        return {name: value for name, value in told.items() if value}

    @property
    def query(self) -> str:
        """As the API and the file take it."""
        return urlencode(self.texts)


def read_asked(chart: Chart, drawing: Drawing, query: Mapping[str, str], today: date) -> Asked:
    """Raise ParameterError, which names the parameter. What is left empty is as at first."""
    given = {name: value for name, value in query.items() if value}
    measure = given.pop(MEASURE, "")
    if measure and measure not in measures(chart):
        raise ParameterError(f"measure is {measure[:50]!r}: use {', '.join(measures(chart))}")
    last = _day(given.get("to", "")) or today
    first = {
        "from": (last - timedelta(days=drawing.days)).isoformat(),
        "resolution": drawing.resolution,
    }
    own = {name: value for name, value in first.items() if name in chart.parameters}
    return Asked(parameters=read_parameters(chart.parameters, own | given, today), measure=measure)


def fields(chart: Chart, drawing: Drawing, asked: Asked, project: Project) -> list[Field]:
    """In the order in which every chart has its parameters."""
    options = {
        "app": (("", "all"), *((app.app_id, app.name) for app in project.apps)),
        "store": (("", "all"), *((store, store) for store in _stores(project))),
        "environment": tuple((one.value, one.value) for one in Environment),
        "resolution": tuple((one, one) for one in RESOLUTIONS),
        "segment": tuple((one, one or "none") for one in SEGMENTS),
        "refunds_on": tuple((one, one) for one in REFUNDS_ON),
    }
    found = [
        Field(
            name=name,
            label=_LABELS.get(name, name.replace("_", " ").capitalize()),
            value=str(asked.parameters[name]),
            kind=_KINDS.get(name, "text"),
            options=options.get(name, ()),
        )
        for name in chart.parameters
    ]
    return [*found, *_measure(chart, drawing, asked)]


def presets(asked: Asked, today: date) -> list[Preset]:
    """Ranges up to today, all else as it is asked."""
    kept = {**asked.texts, **({MEASURE: asked.measure} if asked.measure else {})}
    found: list[Preset] = []
    for text, days, resolution in _PRESETS:
        first = today - timedelta(days=days)
        chosen = {"from": first.isoformat(), "to": today.isoformat(), "resolution": resolution}
        is_current = all(kept.get(name) == value for name, value in chosen.items())
        query = urlencode(kept | chosen)
        found.append(Preset(text=text, query=query, is_current=is_current))
    return found


def _measure(chart: Chart, drawing: Drawing, asked: Asked) -> list[Field]:
    """A table of cohorts has only one."""
    columns = measures(chart)
    if drawing.measures == ("retention",) or len(columns) == 1:
        return []
    own = " + ".join(name.removesuffix("_usd").replace("_", " ") for name in drawing.measures)
    options = (("", own), *((name, name.replace("_", " ")) for name in columns))
    return [Field(name=MEASURE, label="Drawn", value=asked.measure, options=options)]


def _stores(project: Project) -> list[str]:
    return sorted({store.store for app in project.apps for store in app.stores})


def _day(text: str) -> date | None:
    """None: not there, or no day, which is told when it is read."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
