"""Which headers of a request are kept beside its body: all but cookies and those of the connection."""

from functools import lru_cache
from http import HTTPStatus

from aiohttp import web

from ingress.refusal import Refusal
from streams.contracts.raw import RequestHeaders

# RFC 9110, 7.6.1, and what carries a person's session.
_DROPPED = frozenset(
    {
        "connection",
        "cookie",
        "cookie2",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def kept_headers(request: web.BaseRequest, most: int) -> RequestHeaders:
    """Names in lower case, values as sent; raise Refusal (431) when they exceed `most` bytes.

    Nothing is cut: a signature's header that fell out would make a genuine message a forged one.
    """
    kept: list[tuple[str, str]] = []
    hops: set[str] = set()
    size = 0
    for raw, value in request.raw_headers:
        name = _lower(raw)
        if name not in _DROPPED:
            size += len(raw) + len(value)
            kept.append((name, value.decode("latin-1")))
        elif name == "connection":
            hops |= {hop.strip() for hop in value.decode("latin-1").lower().split(",")}
    if size > most:
        text = f"the headers are larger than {most} bytes"
        raise Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, text, why="headers")
    return tuple(header for header in kept if header[0] not in hops) if hops else tuple(kept)


@lru_cache(maxsize=1024)
def _lower(name: bytes) -> str:
    return name.lower().decode("latin-1")
