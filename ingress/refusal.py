"""An answer that is not 200: raised where it is found, answered in one place."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from types import MappingProxyType

from aiohttp import web

from streams.contracts.codec import write_json

JSON_HEADERS = {"Content-Type": "application/json", "Server": "store-notifications"}


class Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """`why`: a short stable word for metrics. The connection closes: the body may be unread."""

    def __init__(
        self,
        status: HTTPStatus,
        text: str,
        *,
        why: str = "",
        retry_after: timedelta | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.why = why
        self.retry_after = retry_after
        self.headers = headers

    def response(self) -> web.Response:
        headers = {**JSON_HEADERS, **self.headers}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, round(self.retry_after.total_seconds())))
        response = web.Response(
            body=write_json({"error": self.text}), status=self.status, headers=headers
        )
        response.force_close()
        return response


def busy(text: str, *, why: str, retry_after: timedelta = timedelta(seconds=5)) -> Refusal:
    """503: ours or for now, so that the store sends it again; never a 4xx for that."""
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, text, why=why, retry_after=retry_after)
