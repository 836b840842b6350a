"""Charts: every one of the catalog, drawn, as numbers, and as a file."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from aiohttp import web
from markupsafe import Markup

from sinks.charts.answer import Answer, as_csv
from sinks.charts.catalog import Chart, read_catalog
from sinks.charts.parameters import ParameterError
from sinks.console.calendar_periods import label, periods
from sinks.console.chart_form import Asked, fields, presets, read_asked
from sinks.console.cohorts import cohorts
from sinks.console.drawing import Drawing, Shape, drawing_of, grouped
from sinks.console.figures import cell
from sinks.console.parts import Parts
from sinks.console.picture import picture
from sinks.console.series import Drawn, drawn, unpriced
from sinks.console.summary import summary
from streams.observe import clock

_MOST_ROWS = 400  # of the page's table; the file has all


def routes(parts: Parts) -> list[web.RouteDef]:
    charts = _Charts(parts)
    return [
        web.get("/charts", charts.index),
        web.get("/charts/{name}.csv", charts.file),
        web.get("/charts/{name}", charts.show),
    ]


class _Charts:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._catalog = read_catalog()

    async def index(self, request: web.Request) -> web.Response:
        groups = grouped(self._catalog.values())
        return self._parts.pages.render(request, "charts.html", groups=groups, brief=_brief)

    async def file(self, request: web.Request) -> web.Response:
        """The chart's answer as CSV: for who came in here and has no key of the API."""
        chart = self._chart(request)
        asked = read_asked(chart, drawing_of(chart), request.query, clock.now().date())
        answer = await self._ask(chart, asked)
        response = web.Response(text=as_csv(answer), content_type="text/csv", charset="utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{chart.name}.csv"'
        return response

    async def show(self, request: web.Request) -> web.Response:
        chart, today = self._chart(request), clock.now().date()
        drawing = drawing_of(chart)
        asked = read_asked(chart, drawing, request.query, today)
        records = (await self._ask(chart, asked)).records()
        resolution = str(asked.parameters.get("resolution", "day"))
        shown = _drawn(records, drawing, asked, today)
        is_cohorts = drawing.shape is Shape.COHORTS
        text = "" if is_cohorts else summary(shown, drawing.title, resolution)
        return self._parts.pages.render(
            request,
            "chart.html",
            chart=chart,
            drawing=drawing,
            asked=asked,
            fields=fields(chart, drawing, asked, self._parts.project),
            presets=presets(asked, today) if "resolution" in chart.parameters else [],
            shown=shown,
            text=text,
            picture=Markup("") if is_cohorts else _picture(shown, drawing, resolution, text),
            cohorts=cohorts(records) if is_cohorts else (),
            columns=_columns(chart, asked),
            rows=list(reversed(records))[:_MOST_ROWS],
            count=len(records),
            unpriced=unpriced(records, drawing),
            cell=cell,
            label=lambda day: label(date.fromisoformat(day), resolution),
        )

    def _chart(self, request: web.Request) -> Chart:
        name = request.match_info["name"]
        if name not in self._catalog:
            raise web.HTTPNotFound(text=f"no such chart, there are {', '.join(self._catalog)}")
        return self._catalog[name]

    async def _ask(self, chart: Chart, asked: Asked) -> Answer:
        answer = await self._parts.reader.ask(chart.question(asked.parameters), asked.parameters)
        if answer.truncated:
            raise ParameterError("from: too many rows, ask for fewer days or a coarser resolution")
        return answer


def _brief(chart: Chart) -> str:
    """The first sentence of what it says of itself."""
    first, dot, _ = chart.description.partition(". ")
    return first + dot.rstrip()


def _columns(chart: Chart, asked: Asked) -> list[str]:
    """Of the table: micros say what the column beside them says, and a segment has to be asked for."""
    hidden = set() if asked.parameters.get("segment") else {"segment"}
    return [one for one in chart.columns if one not in hidden and not one.endswith("_micros")]


def _drawn(records: Sequence[dict[str, Any]], drawing: Drawing, asked: Asked, today: date) -> Drawn:
    first, last = asked.parameters["from"], asked.parameters["to"]
    assert isinstance(first, date)
    assert isinstance(last, date)
    resolution = str(asked.parameters.get("resolution", "day"))
    return drawn(
        records,
        drawing,
        periods(first, min(last, today), resolution),
        segmented=bool(asked.parameters.get("segment")),
        measure=asked.measure,
    )


def _picture(shown: Drawn, drawing: Drawing, resolution: str, text: str) -> Markup:
    if shown.is_empty:
        return Markup("")
    return picture(shown, drawing.shape, resolution, text, logarithmic=drawing.logarithmic)
