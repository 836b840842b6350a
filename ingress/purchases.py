"""POST /v1/purchases: an app's backend says which customer a purchase belongs to, one or many.

All or nothing: every post of the body is checked before the first is written, and 202 means that
all are in Kafka; what became of each is read at GET /v1/trackings. Posting again is harmless: a
purchase that is tracked stays so. POST /v1/receipts does the same with RevenueCat's body.
"""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from aiohttp import web

from ingress.bodies import read_all
from ingress.callers import Callers
from ingress.config import Limits
from ingress.fetch_tokens import Receipt, attributes_of, post_of
from ingress.publisher import Publisher
from ingress.receipt_ids import new_receipt_id
from ingress.refusal import JSON_HEADERS, Refusal
from streams.contracts.codec import decode, encode, write_json
from streams.contracts.errors import MalformedError, RejectedError
from streams.contracts.posting import NO_WAY, Post, accept_post
from streams.contracts.project import App
from streams.contracts.purchase import PostedPurchase
from streams.contracts.step import Out
from streams.contracts.topics import POSTED
from streams.contracts.words import Origin
from streams.observe import clock, metrics

MAX_POSTS = 500


class Purchases:
    """The route's one handler and what it needs."""

    def __init__(self, callers: Callers, publisher: Publisher, limits: Limits) -> None:
        self._callers = callers
        self._publisher = publisher
        self._deadline = limits.read_deadline.total_seconds()

    async def post(self, request: web.Request) -> web.Response:
        app = self._callers.app(request)
        posts = read_posts(await read_all(request, self._deadline))
        return await self._accept(app, posts)

    async def receipt(self, request: web.Request) -> web.Response:
        """One purchase as RevenueCat's clients post it, with what they say of the customer."""
        app = self._callers.app(request)
        body = await read_all(request, self._deadline)
        try:
            receipt = decode(body, Receipt)
            post = post_of(receipt, request.headers)
            told = attributes_of(receipt, clock.now())
        except MalformedError as error:
            raise _bad(str(error)) from error
        return await self._accept(app, [post], told)

    async def _accept(self, app: App, posts: list[Post], first: Sequence[Out] = ()) -> web.Response:
        now = clock.now()
        accepted = [_accept(post, app, now, at) for at, post in enumerate(posts)]
        await self._publisher.publish_all([*first, *map(_out, accepted)])
        metrics.count("purchases_posted", len(accepted), app=app.app_id)
        ids = [posted.tracking_id for posted in accepted]
        return web.Response(
            body=write_json({"tracking_ids": ids}), status=HTTPStatus.ACCEPTED, headers=JSON_HEADERS
        )


def read_posts(body: bytes) -> list[Post]:
    """One object or an array of them; raise Refusal (400) that names the field."""
    try:
        many = body.lstrip()[:1] == b"["
        posts = decode(body, list[Post]) if many else [decode(body, Post)]
    except MalformedError as error:
        raise _bad(str(error)) from error
    if not 0 < len(posts) <= MAX_POSTS:
        raise _bad(f"post 1 to {MAX_POSTS} purchases at once, not {len(posts)}")
    return posts


def _accept(post: Post, app: App, now: datetime, at: int) -> PostedPurchase:
    tracking_id = new_receipt_id(now)
    try:
        return accept_post(post, app, tracking_id=tracking_id, received_at=now, origin=Origin.POST)
    except RejectedError as error:
        text = f"purchase [{at}]: {error}"
        if error.reason == NO_WAY:
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, text, why=NO_WAY) from error
        raise _bad(text) from error


def _bad(text: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, text, why="malformed")


def _out(posted: PostedPurchase) -> Out:
    return Out(topic=POSTED, key=None, value=encode(posted))
