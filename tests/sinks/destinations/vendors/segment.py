"""Segment's /v1/batch: sizes and JSON are refused, everything else is answered 200 and may be dropped."""

import base64
from datetime import datetime
from typing import Any

import orjson

from tests.sinks.destinations.vendors.vendor import Answered, Asked, Vendor, json_answer

MOST_BATCH = 500 * 1024
MOST_MESSAGE = 32 * 1024
_NAMED = {"track": "event", "identify": "traits"}


class SegmentServer(Vendor):
    """`dropped`: answered with success, and nothing came of it."""

    def __init__(self, write_key: str) -> None:
        super().__init__()
        self.dropped: list[dict[str, Any]] = []
        self._write_key = write_key

    def answer(self, asked: Asked) -> Answered:
        if asked.path != "/v1/batch":
            return json_answer(404, {"message": "Not Found"})
        try:
            batch = asked.json()["batch"]
        except (orjson.JSONDecodeError, KeyError):
            return json_answer(400, {"success": False, "message": "malformed JSON"})
        if len(asked.body) > MOST_BATCH or any(map(_is_too_large, batch)):
            return json_answer(400, {"success": False, "message": "Exceeded payload limit"})
        key = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
        if key != f"{self._write_key}:":
            return json_answer(401, {"message": "Invalid Write Key"})
        for message in batch:
            if _is_taken(message):
                self.keep(message["messageId"], message)
            else:
                self.dropped.append(message)
        return json_answer(200, {"success": True})


def _is_too_large(message: dict[str, Any]) -> bool:
    return len(orjson.dumps(message)) > MOST_MESSAGE


def _is_taken(message: dict[str, Any]) -> bool:
    assert datetime.fromisoformat(message["timestamp"]).tzinfo is not None
    assert 0 < len(message["messageId"]) <= 100
    named = message.get(_NAMED[message["type"]])
    return (
        named not in {None, ""}
        if isinstance(named, str)
        else isinstance(named, dict) and bool(message.get("userId") or message.get("anonymousId"))
    )
