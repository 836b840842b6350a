"""Renders the templates. Every value is escaped; a name that a template lacks is an error."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sinks.console.session import Seals, Session
from sinks.console.words import FILTERS, ago
from streams.observe import clock

TEMPLATES = Path(__file__).parent / "templates"
SESSION = web.RequestKey("session", Session)
MESSAGE_COOKIE = "sn_message"
_FIELD = Markup('<input type="hidden" name="csrf_token" value="{}">')


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One of the menu."""

    title: str
    path: str


MENU = (
    Entry(title="Stores", path="/"),
    Entry(title="Notifications", path="/notifications"),
    Entry(title="Customers", path="/customers"),
    Entry(title="Destinations", path="/destinations"),
    Entry(title="Charts", path="/charts"),
)


class Pages:
    """`leavable`: there is a session that one can end, so each page shows how."""

    def __init__(self, seals: Seals, project_name: str, *, leavable: bool = False) -> None:
        self._seals = seals
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(FILTERS)
        self._environment.filters["segment"] = segment
        self._environment.globals.update(
            menu=MENU, project_name=project_name, leavable=leavable, ago=_ago
        )

    def render(
        self, request: web.Request, template: str, *, status: int = 200, **values: object
    ) -> web.Response:
        """The page; in it `csrf()` is the hidden field that every form of POST needs."""
        message = self._seals.message(request.cookies, MESSAGE_COOKIE)
        text = self._environment.get_template(template).render(
            path=request.path,
            who=_who(request),
            csrf=partial(self._field, request),
            message=message,
            now=clock.now(),
            **values,
        )
        response = web.Response(text=text, status=status, content_type="text/html")
        if message:
            response.del_cookie(MESSAGE_COOKIE, path="/")
        return response

    def back(self, request: web.Request, path: str, message: str = "") -> web.Response:
        """The answer to a form: go to `path`, of ours, where `message` is shown once."""
        response = web.Response(status=303, headers={"Location": path})
        if message:
            set_cookie(request, response, MESSAGE_COOKIE, self._seals.message_cookie(message), 60)
        return response

    def _field(self, request: web.Request) -> Markup:
        session = request.get(SESSION)
        return _FIELD.format(self._seals.token(session)) if session is not None else Markup("")


def set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, seconds: int
) -> None:
    """Seen by no script, sent by no other site, and only encrypted where the page came encrypted."""
    forwarded = request.headers.get("X-Forwarded-Proto", "")
    origin = request.headers.get("Origin", "")
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=request.secure or forwarded == "https" or origin.startswith("https:"),
    )


def segment(value: object) -> str:
    """A value as one segment of a path, whatever it contains."""
    return quote(str(value), safe="")


def _who(request: web.Request) -> str:
    session = request.get(SESSION)
    return session.who if session is not None else ""


def _ago(at: object) -> str:
    return ago(at, clock.now())  # type: ignore[arg-type] # a template's value
