"""Who calls the backends' API: the app whose secret backend key is in the Authorization header."""

from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus

from aiohttp import web

from ingress.refusal import Refusal
from streams.contracts.ids import AppId
from streams.contracts.project import App, Project

_BEARER = "bearer "


class Callers:
    """Finds the app by the key's SHA-256, so that the time it takes tells nothing of the keys."""

    def __init__(self, keys: Mapping[str, AppId], project: Project) -> None:
        self._apps = {digest: project.app(app_id) for digest, app_id in keys.items()}

    def app(self, request: web.Request) -> App:
        """Raise Refusal (401) without a valid key."""
        header = request.headers.get("Authorization", "")
        if not header.lower().startswith(_BEARER):
            raise _unauthorized("send the header Authorization: Bearer <backend key>")
        key = header[len(_BEARER) :].strip().encode(errors="surrogateescape")
        app = self._apps.get(sha256(key).hexdigest())
        if app is None:
            raise _unauthorized("no app has this backend key (project.toml, backend_keys)")
        return app


def _unauthorized(text: str) -> Refusal:
    return Refusal(HTTPStatus.UNAUTHORIZED, text, why="key", headers={"WWW-Authenticate": "Bearer"})
