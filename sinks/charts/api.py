"""The charts API: charts, labels, lag, the delivery log and read-only SQL. Who may ask: door.py."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from sinks.charts.answer import as_csv
from sinks.charts.attention import Attention, behind, never_read, no_clickhouse
from sinks.charts.catalog import Chart, read_catalog, view_names
from sinks.charts.deliveries import ATTEMPTS, SUMMARY, attempts_asked, summary_asked
from sinks.charts.delivery_health import DEAD, HEALTH, dead_asked, health_asked, healths
from sinks.charts.door import door
from sinks.charts.engine import QueryError
from sinks.charts.lag_watch import LagWatch, totals
from sinks.charts.last_received import Labels
from sinks.charts.needs import Needs
from sinks.charts.parameters import PARAMETERS, ParameterError, read_parameters
from sinks.charts.reader import Reader
from streams.contracts.codec import encode, read_json
from streams.contracts.errors import MalformedError, TransientError
from streams.contracts.project import Project
from streams.observe import clock, metrics
from streams.settings.secret import Secret

MOST_BODY = 256 * 1024  # bytes of a statement
ANY_OF_APP = "SELECT 1 FROM subscriptions WHERE app_id = {app:String} LIMIT 1"
_JSON = "application/json"
_FORMATS = ("json", "csv", "parquet")
_TOLD = {"WWW-Authenticate", "Allow"}  # headers of a refusal that say how to ask
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = structlog.get_logger()


class ChartsApi:
    """The routes; each handler asks one of its parts and shows the answer."""

    def __init__(
        self,
        reader: Reader,
        labels: Labels,
        lag: LagWatch,
        project: Project,
        *,
        key: Secret | None = None,
        erase_key: Secret | None = None,
    ) -> None:
        self._reader = reader
        self._labels = labels
        self._lag = lag
        self._project = project
        self._needs = Needs(reader, labels, project)
        self._door = door(key, erase_key)
        self._charts = read_catalog()
        self._views = view_names()

    def application(self) -> web.Application:
        application = web.Application(client_max_size=MOST_BODY, middlewares=self.middlewares())
        application.add_routes(self.routes())
        return application

    def middlewares(self) -> tuple[Middleware, ...]:
        """What every request to it passes, the outermost first."""
        return answered, self._door

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/charts", self.charts),
            web.get("/v1/charts/{name}", self.chart),
            web.get("/v1/last-received", self.last_received),
            web.get("/v1/lag", self.lag),
            web.post("/v1/query", self.query),
            web.get("/v1/attempts", self.attempts),
            web.get("/v1/deliveries/summary", self.summary),
            web.get("/v1/deliveries/health", self.health),
        ]

    async def charts(self, _request: web.Request) -> web.Response:
        return _json({"charts": [_described(chart) for chart in self._charts.values()]})

    async def chart(self, request: web.Request) -> web.Response:
        chart = self._charts.get(request.match_info["name"])
        if chart is None:
            raise web.HTTPNotFound(text=f"no such chart, there are {', '.join(self._charts)}")
        asked = _once(request)
        shape = _format(asked.pop("format", "json"))
        parameters = read_parameters(chart.parameters, asked, clock.now().date())
        await self._check_app(str(parameters.get("app", "")))
        question = chart.question(parameters)
        answer = await self._reader.ask(question, parameters)
        if answer.truncated:
            raise ParameterError("from: too many rows, ask for fewer days or a coarser resolution")
        if shape == "csv":
            return _file(as_csv(answer).encode(), "text/csv", f"{chart.name}.csv")
        if shape == "parquet":
            columns = await self._reader.parquet(question, parameters)
            return _file(columns, "application/vnd.apache.parquet", f"{chart.name}.parquet")
        given = {name: str(value) for name, value in parameters.items()}
        return _json({"chart": chart.name, "parameters": given, "rows": answer.records()})

    async def _check_app(self, app: str) -> None:
        """Of a mistyped one every number would be 0. One that left project.toml has its charts."""
        known = [one.app_id for one in self._project.apps]
        if app and app not in known and not (await self._reader.ask(ANY_OF_APP, {"app": app})).rows:
            raise ParameterError(f"app is {app[:50]!r}: project.toml has {', '.join(known)}")

    async def last_received(self, _request: web.Request) -> web.Response:
        return _json({"apps": self._labels.of(self._project)})

    async def lag(self, _request: web.Request) -> web.Response:
        lags = await self._lag.lags()
        groups = totals(lags)
        attention = (*never_read(groups), *behind(groups), *await self._needed())
        return _json({"attention": attention, "groups": groups, "partitions": lags})

    async def _needed(self) -> tuple[Attention, ...]:
        try:
            return await self._needs.attention()
        except (TransientError, QueryError) as error:
            return (no_clickhouse(error),)

    async def query(self, request: web.Request) -> web.Response:
        if request.content_type != _JSON:  # a page of another origin can't send this unasked
            raise web.HTTPUnsupportedMediaType(text=f'send {_JSON}: {{"sql": "SELECT ..."}}')
        asked = read_json(await request.read())
        sql = asked.get("sql") if isinstance(asked, dict) else None
        if not isinstance(sql, str) or not sql.strip():
            raise ParameterError('sql: send {"sql": "SELECT ..."}')
        answer = await self._reader.ask_freely(sql, self._views)
        return _json(answer)

    async def attempts(self, request: web.Request) -> web.Response:
        answer = await self._reader.ask(ATTEMPTS, attempts_asked(request.query))
        return _json({"attempts": answer.records()})

    async def summary(self, request: web.Request) -> web.Response:
        answer = await self._reader.ask(SUMMARY, summary_asked(request.query, clock.now()))
        return _json({"destinations": answer.records()})

    async def health(self, _request: web.Request) -> web.Response:
        now = clock.now()
        health, dead = await asyncio.gather(
            self._reader.ask(HEALTH, health_asked(now)), self._reader.ask(DEAD, dead_asked(now))
        )
        return _json({"destinations": healths(health, dead)})


@web.middleware
async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal becomes JSON that says why; every defect a 500 that does not."""
    response = await _answered(request, handler)
    route = request.match_info.route.resource
    name = route.canonical if route is not None else "-"
    metrics.count("charts_requests", route=name, status=str(response.status))
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (ParameterError, QueryError, MalformedError) as error:
        return _refused(HTTPStatus.BAD_REQUEST, str(error))
    except TransientError as error:
        response = _refused(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        response.headers["Retry-After"] = "1"
        return response
    except web.HTTPException as error:
        response = _refused(HTTPStatus(error.status), error.text or error.reason)
        response.headers.update({name: error.headers[name] for name in _TOLD & set(error.headers)})
        return response
    except Exception:  # noqa: BLE001 - a defect: logged whole, told without its inside
        _log.exception("request_failed", path=request.path)
        return _refused(HTTPStatus.INTERNAL_SERVER_ERROR, "this is a defect; the log has it")


def _described(chart: Chart) -> dict[str, object]:
    return {
        "name": chart.name,
        "description": chart.description,
        "columns": dict(chart.columns),
        "parameters": {name: PARAMETERS[name].takes for name in chart.parameters},
    }


def _once(request: web.Request) -> dict[str, str]:
    """The parameters by name. Of one that is given twice nobody knows which is meant."""
    asked = dict(request.query)
    for name in asked:
        if len(request.query.getall(name)) > 1:
            raise ParameterError(f"{name}: given more than once")
    return asked


def _format(value: str) -> str:
    if value not in _FORMATS:
        raise ParameterError(f"format is {value[:20]!r}: use {', '.join(_FORMATS)}")
    return value


def _json(value: object) -> web.Response:
    return web.Response(body=encode(value), content_type=_JSON)


def _file(content: bytes, content_type: str, name: str) -> web.Response:
    response = web.Response(body=content, content_type=content_type, charset=_charset(content_type))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _charset(content_type: str) -> str | None:
    return "utf-8" if content_type.startswith("text/") else None


def _refused(status: HTTPStatus, text: str) -> web.Response:
    return web.Response(body=encode({"error": text}), status=status, content_type=_JSON)
