"""Slack's incoming webhooks: the url is the credential, blocks have a shape, a message a second."""

from typing import Any

import orjson

from tests.sinks.destinations.vendors.vendor import Answered, Asked, Vendor

PATH = "/services/T0001/B0001/shhh"
_FIELDS, _FIELD, _TEXT, _BLOCK_ID, _ELEMENTS = 10, 2_000, 3_000, 255, 10


class SlackServer(Vendor):
    """`most`: messages until it is too many. `state`: "archived" or "removed" refuse every one."""

    def __init__(self, *, most: int = 1_000, state: str = "") -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self._most = most
        self._state = state

    def answer(self, asked: Asked) -> Answered:
        if asked.path != PATH or self._state == "removed":
            return Answered(status=404, body=b"no_service")
        if self._state == "archived":
            return Answered(status=410, body=b"channel_is_archived")
        if self.asked > self._most:
            return Answered(status=429, body=b"rate_limited", headers={"Retry-After": "1"})
        try:
            message = asked.json()
        except orjson.JSONDecodeError:
            return Answered(status=400, body=b"invalid_payload")
        if not message.get("text") or not all(map(_is_block, message.get("blocks", []))):
            return Answered(status=400, body=b"invalid_blocks")
        self.messages.append(message)
        self.keep(message["blocks"][0]["block_id"], message)
        return Answered(status=200, body=b"ok")


def _is_block(block: dict[str, Any]) -> bool:
    if block["type"] == "context":
        elements = block["elements"]
        return 0 < len(elements) <= _ELEMENTS and all(_is_text(part, _TEXT) for part in elements)
    fields = block.get("fields", [{"type": "mrkdwn", "text": "."}])
    return (
        block["type"] == "section"
        and len(block.get("block_id", "")) <= _BLOCK_ID
        and _is_text(block["text"], _TEXT)
        and 0 < len(fields) <= _FIELDS
        and all(_is_text(field, _FIELD) for field in fields)
    )


def _is_text(part: dict[str, Any], most: int) -> bool:
    return part["type"] in {"mrkdwn", "plain_text"} and 0 < len(part["text"]) <= most
