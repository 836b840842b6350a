"""Asks the charts API, for the commands: what it answers as plain values, or why it does not."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from streams.contracts.codec import read_json, write_json
from streams.contracts.errors import MalformedError, StoreNotificationsError, TransientError
from streams.settings.secret import Secret

_PATIENCE = 60.0  # seconds
_OK = 200


class RefusedError(StoreNotificationsError):
    """The API answered that it does not; the text is its own."""


async def get(
    url: str,
    path: str,
    parameters: Mapping[str, str] | None = None,
    key: Secret | None = None,
) -> Any:  # noqa: ANN401 - JSON
    """What GET says. `key`: SN_CHARTS_KEY."""
    return _read(url, await _ask("GET", url, path, key, _PATIENCE, params=dict(parameters or {})))


async def get_text(url: str, path: str, parameters: Mapping[str, str], key: Secret | None) -> str:
    """What GET says, as it stands there: CSV."""
    return (await _ask("GET", url, path, key, _PATIENCE, params=dict(parameters))).decode()


async def post(
    url: str,
    path: str,
    body: Mapping[str, str],
    key: Secret | None = None,
    patience: float = _PATIENCE,
) -> Any:  # noqa: ANN401 - JSON
    """What POST says; `patience` in seconds."""
    return _read(url, await _ask("POST", url, path, key, patience, data=write_json(dict(body))))


async def _ask(
    method: str,
    url: str,
    path: str,
    key: Secret | None,
    patience: float,
    **options: Any,  # noqa: ANN401 - aiohttp's
) -> bytes:
    where = url.rstrip("/") + path
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=patience)) as session,
            session.request(method, where, headers=_headers(key), **options) as response,
        ):
            answer = await response.read()
    except TimeoutError as error:
        raise TransientError(f"{where} did not answer within {patience:.0f} s") from error
    except (aiohttp.ClientError, ValueError) as error:
        hint = "is python -m sinks charts running, and is SN_CHARTS_URL right?"
        raise TransientError(f"no answer from {url} ({error}): {hint}") from error
    if response.status != _OK:
        refusal = _read(url, answer)
        raise RefusedError(str(refusal.get("error", refusal)))
    return answer


def _read(url: str, answer: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return read_json(answer)
    except MalformedError as error:
        raise TransientError(f"{url} is not the charts API: {error}") from error


def _headers(key: Secret | None) -> dict[str, str]:
    known = {} if key is None else {"Authorization": f"Bearer {key.reveal()}"}
    return {"Content-Type": "application/json", **known}
