"""Reading a body: its bytes as sent, up to a cap, counted while they are in memory."""

import asyncio
from http import HTTPStatus

from aiohttp import web

from ingress.limits import InFlight
from ingress.refusal import Refusal


async def read_body(request: web.BaseRequest, *, cap: int, in_flight: InFlight) -> bytes:
    """The whole body; its size stays taken from `in_flight` until the caller gives it back.

    Raise Refusal: 413 over the cap, declared or not; 503 without room; 400 when its framing is
    broken. A sender that goes away raises ConnectionError, as everywhere in aiohttp.
    """
    if not request.content.is_eof():  # most have come in wholly by now
        _check_size(request.content_length or 0, cap)
        await _continue(request)
    taken = 0
    parts: list[bytes] = []
    try:
        while not request.content.at_eof():
            part = await request.content.readany()
            in_flight.take(len(part))
            taken += len(part)
            _check_size(taken, cap)
            parts.append(part)
    except web.RequestPayloadError as error:
        in_flight.give(taken)
        raise Refusal(HTTPStatus.BAD_REQUEST, f"the body's framing is broken: {error}") from error
    except BaseException:
        in_flight.give(taken)
        raise
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def read_all(request: web.Request, deadline: float) -> bytes:
    """The whole body of a backend's request; raise Refusal (408) after `deadline` seconds."""
    try:
        async with asyncio.timeout(deadline):
            return await request.read()
    except TimeoutError as error:
        raise Refusal(HTTPStatus.REQUEST_TIMEOUT, "the body took too long") from error


async def _continue(request: web.BaseRequest) -> None:
    # Some clients send a large body only when asked to; aiohttp asks in its router, which we lack.
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def _check_size(size: int, cap: int) -> None:
    if size > cap:
        text = f"the body is larger than the {cap} bytes that this store may send"
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text, why="body")
