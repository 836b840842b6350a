"""Amplitude's HTTP V2 API: keys, required fields, types, id lengths, sizes, a user's rate, insert_id."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson

from tests.sinks.destinations.vendors.vendor import Answered, Asked, Vendor, json_answer

MOST_BYTES = 1024 * 1024
MOST_EVENTS = 2_000
NO_USERS = {"anonymous", "nil", "none", "null", "n/a", "true", "false", "undefined", "0", "-", "_"}
_NUMBER = (int, float)
_CHECKS: dict[str, Callable[[Any], bool]] = {
    "event_type": lambda value: isinstance(value, str) and bool(value.strip()),
    "time": lambda value: isinstance(value, int) and value > 10**12,
    "insert_id": lambda value: isinstance(value, str),
    "event_properties": lambda value: isinstance(value, dict),
    "user_properties": lambda value: isinstance(value, dict),
    "revenue": lambda value: isinstance(value, _NUMBER) and not isinstance(value, bool),
    "productId": lambda value: isinstance(value, str),
    "revenueType": lambda value: isinstance(value, str),
}


class AmplitudeServer(Vendor):
    """`keys`: of its projects. `rate`: events that one user may send before it is throttled."""

    def __init__(self, *keys: str, rate: int = 1_000) -> None:
        super().__init__()
        self._keys = keys
        self._rate = rate
        self._sent: Counter[str] = Counter()

    def answer(self, asked: Asked) -> Answered:
        if asked.path != "/2/httpapi" or asked.headers["content-type"] != "application/json":
            return json_answer(404, {"code": 404})
        if len(asked.body) > MOST_BYTES:
            return json_answer(413, {"code": 413, "error": "Payload too large"})
        try:
            told = asked.json()
        except orjson.JSONDecodeError:
            return json_answer(400, {"code": 400, "error": "Invalid JSON request body"})
        if told.get("api_key") not in self._keys:
            error = f"Invalid API key: {told.get('api_key')}"
            return json_answer(400, {"code": 400, "error": error})
        return self._events(told["api_key"], told["events"], told.get("options", {}))

    def _events(self, key: str, events: list[dict[str, Any]], options: dict[str, Any]) -> Answered:
        assert 0 < len(events) <= MOST_EVENTS
        bad = self._bad(events, options.get("min_id_length", 5))
        if bad:
            return json_answer(400, {"code": 400, "error": "Request missing or invalid", **bad})
        throttled = [user for user in map(_user, events) if self._sent[user] >= self._rate]
        if throttled:
            told = {
                "code": 429,
                "eps_threshold": 30,
                "throttled_users": dict.fromkeys(throttled, 31),
            }
            return json_answer(429, told)
        for event in events:
            self._sent[_user(event)] += 1
            self.keep((key, event["insert_id"]), event)
        return json_answer(200, {"code": 200, "events_ingested": len(events)})

    def _bad(self, events: list[dict[str, Any]], shortest: int) -> dict[str, Any]:
        found: dict[str, dict[str, list[int]]] = {}
        for at, event in enumerate(events):
            if not {"event_type"} <= event.keys() or not _user(event):
                found.setdefault("events_with_missing_fields", {})["event_type"] = [at]
            if _user(event) and (len(_user(event)) < shortest or _user(event) in NO_USERS):
                found.setdefault("events_with_invalid_id_lengths", {})["user_id"] = [at]
            for name, check in _CHECKS.items():
                if name in event and not check(event[name]):
                    found.setdefault("events_with_invalid_fields", {})[name] = [at]
        return dict(found)


def _user(event: dict[str, Any]) -> str:
    return str(event.get("user_id") or event.get("device_id") or "")
