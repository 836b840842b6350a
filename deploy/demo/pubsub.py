"""Cloud Pub/Sub on loopback: a subscription that is pulled from; what is not acknowledged comes again."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from deploy.demo.faults import Faults
from deploy.demo.google_play import GooglePlay


@dataclass(slots=True, kw_only=True)
class PubSub:
    """`google`: who gives access tokens. `waiting`: messages by id, not acknowledged yet."""

    google: GooglePlay
    subscription: str
    faults: Faults = field(default_factory=Faults)
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    given: int = 0

    def publish(self, message: dict[str, Any]) -> None:
        """As in a push's `message`."""
        self.waiting[message["messageId"]] = message


def add_pubsub(app: web.Application, pubsub: PubSub) -> None:
    """Its two calls."""

    async def pull(request: web.Request) -> web.StreamResponse:
        refused = await _refused(request)
        if refused is not None:
            return refused
        most = (await request.json())["maxMessages"]
        found = list(pubsub.waiting.items())[:most]
        pubsub.given += len(found)
        told = [{"ackId": f"ack-{name}", "message": message} for name, message in found]
        return web.json_response({"receivedMessages": told} if told else {})

    async def acknowledge(request: web.Request) -> web.StreamResponse:
        refused = await _refused(request)
        if refused is not None:
            return refused
        for name in (await request.json())["ackIds"]:
            pubsub.waiting.pop(name.removeprefix("ack-"), None)
        return web.json_response({})

    async def _refused(request: web.Request) -> web.StreamResponse | None:
        failing = await pubsub.faults.before(request.path)
        allowed = pubsub.google.allows(request.headers.get("Authorization", ""))
        return failing or (None if allowed else web.Response(status=401))

    app.router.add_post(f"/v1/{pubsub.subscription}:pull", pull)
    app.router.add_post(f"/v1/{pubsub.subscription}:acknowledge", acknowledge)
