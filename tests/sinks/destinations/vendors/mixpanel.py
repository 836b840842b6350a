"""Mixpanel's /import and /engage: tokens, strict validation, copies by all four, profile updates."""

import base64
import re
from datetime import datetime, timedelta
from typing import Any

from tests.sinks.destinations.vendors.vendor import Answered, Asked, Vendor, json_answer

NO_USERS = {
    *("anon", "anonymous", "nil", "none", "null", "n/a", "na", "undefined", "unknown", "-1", "0"),
    *("true", "false", "[]", "{}", "lmy47d", "00000000-0000-0000-0000-000000000000"),
}
MOST_BYTES = 1024 * 1024  # of one event
MOST_PROPERTIES = 255
MOST_ITEMS = 255
_INSERT_ID = re.compile(r"[A-Za-z0-9-]{1,36}")
_OPERATIONS = {"$set", "$union"}


class MixpanelServer(Vendor):
    """`profiles`: by token and distinct_id. `most`: imports until the project is over its rate."""

    def __init__(self, *tokens: str, now: datetime, most: int = 1_000) -> None:
        super().__init__()
        self.profiles: dict[tuple[str, str], dict[str, Any]] = {}
        self._tokens = tokens
        self._now = now
        self._most = most

    def answer(self, asked: Asked) -> Answered:
        assert asked.headers["content-type"] == "application/json"
        if asked.path == "/import" and asked.query["strict"] == "1":
            return self._import(asked)
        if asked.path == "/engage" and asked.query["verbose"] == "1":
            return self._engage(asked.json())
        return json_answer(404, {"error": "no such route"})

    def _import(self, asked: Asked) -> Answered:
        token = _basic(asked.headers.get("authorization", ""))
        if token not in self._tokens:
            return json_answer(
                401, {"code": 401, "error": "Invalid credentials", "status": "error"}
            )
        if self.asked > self._most:
            return json_answer(429, {"code": 429, "error": "rate limit", "status": "error"})
        events = asked.json()
        failed = [
            {"index": at, "field": field, "message": f"'{field}' is invalid"}
            for at, event in enumerate(events)
            for field in self._wrong(event)
        ]
        if failed:
            told = {"code": 400, "error": "some data points failed", "status": "Bad Request"}
            taken = len(events) - len(failed)
            return json_answer(
                400, {**told, "failed_records": failed, "num_records_imported": taken}
            )
        for event in events:
            of = event["properties"]
            self.keep(
                (token, event["event"], of["time"], of["distinct_id"], of["$insert_id"]), event
            )
        return json_answer(200, {"code": 200, "num_records_imported": len(events), "status": "OK"})

    def _wrong(self, event: dict[str, Any]) -> list[str]:
        of = event["properties"]
        latest = (self._now + timedelta(hours=1)).timestamp()
        right = {
            "event": isinstance(event["event"], str) and event["event"],
            "properties": len(of) <= MOST_PROPERTIES and len(repr(event)) <= MOST_BYTES,
            "properties.time": isinstance(of.get("time"), int)
            and 31_536_000 <= of["time"] <= latest,
            "properties.distinct_id": of.get("distinct_id", "").lower() not in {*NO_USERS, ""},
            "properties.$insert_id": _INSERT_ID.fullmatch(of.get("$insert_id", "")),
            "properties.list": all(
                len(v) <= MOST_ITEMS for v in of.values() if isinstance(v, list)
            ),
        }
        return [field for field, holds in right.items() if not holds]

    def _engage(self, updates: list[dict[str, Any]]) -> Answered:
        for update in updates:
            token, user = update.get("$token", ""), update.get("$distinct_id", "")
            operations = update.keys() & _OPERATIONS
            if token not in self._tokens or not user or len(operations) != 1:
                return json_answer(200, {"status": 0, "error": "invalid update"})
            profile = self.profiles.setdefault((token, user), {})
            profile |= update.get("$set", {})
            for name, values in update.get("$union", {}).items():
                known = profile.setdefault(name, [])
                known += [value for value in values if value not in known]
        return json_answer(200, {"status": 1, "error": None})


def _basic(header: str) -> str:
    scheme, _, encoded = header.partition(" ")
    user, _, password = base64.b64decode(encoded).decode().partition(":")
    return user if scheme == "Basic" and not password else ""
