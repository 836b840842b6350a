"""Which headers of a request are kept beside its body: all but cookies and those of the connection."""

from http import HTTPStatus

from aiohttp import web

from ingress.refusal import Refusal
from streams.contracts.raw import RequestHeaders

# RFC 9110, 7.6.1, and what carries a person's session.
_DROPPED = frozenset(
    {
        b"connection",
        b"cookie",
        b"cookie2",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"set-cookie",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


def kept_headers(request: web.BaseRequest, most: int) -> RequestHeaders:
    """Names in lower case, values as sent; raise Refusal (431) when they exceed `most` bytes.

    Nothing is cut: a signature's header that fell out would make a genuine message a forged one.
    """
    dropped = _DROPPED
    connection = request.headers.get("Connection")
    if connection is not None:
        dropped |= {name.strip().lower().encode() for name in connection.split(",")}
    kept = []
    size = 0
    for name, value in request.raw_headers:
        lower = name.lower()
        if lower not in dropped:
            size += len(lower) + len(value)
            kept.append((lower.decode("latin-1"), value.decode("latin-1")))
    if size > most:
        text = f"the headers are larger than {most} bytes"
        raise Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, text, why="headers")
    return tuple(kept)
