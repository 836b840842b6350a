"""Server-sent events: what has news, as a word; the browser then fetches the part of the page anew.

An event says no more than a name (`stores`, `notifications`, ...), so nothing here need be escaped
and nothing is told that the page itself would not tell. A browser is told at most once a second.
"""

import asyncio
from collections.abc import Callable

import structlog
from aiohttp import web

from sinks.charts.last_received import Labels
from streams.contracts.errors import MalformedError
from streams.contracts.step import Record
from streams.observe import metrics

PATIENCE = 15.0  # seconds after which a silent connection gets a comment
PAUSE = 1.0  # seconds between two messages to one browser
SETTLES = 3.0  # seconds until what was heard is in ClickHouse too
MOST = 200  # browsers
_log = structlog.get_logger()


class Live:
    """Who listens, and what each has not been told yet."""

    def __init__(self, *, pause: float = PAUSE, settles: float = SETTLES) -> None:
        self._pause = pause
        self._settles = settles
        self._listeners: set[_Listener] = set()
        self._unsettled: set[str] = set()
        self._heard: set[str] = set()  # since it was set when to tell of those
        self._later: asyncio.TimerHandle | None = None
        self._ended = False

    @property
    def listeners(self) -> int:
        """Browsers that are told."""
        return len(self._listeners)

    def tell(self, *names: str) -> None:
        """There is news of these."""
        for listener in self._listeners:
            listener.tell(names)

    def tell_settled(self, *names: str) -> None:
        """Now, and once more when ClickHouse has it: several calls meanwhile are told of twice, then and
        as long after that again, for the last of them."""
        self.tell(*names)
        self._heard.update(names)
        if self._later is None:
            self._settle()

    def end(self) -> None:
        """Every connection ends; browsers come back to whoever serves then."""
        self._ended = True
        if self._later is not None:
            self._later.cancel()
        for listener in self._listeners:
            listener.news.set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/live", self.listen, allow_head=False)]

    async def listen(self, request: web.Request) -> web.StreamResponse:
        if len(self._listeners) >= MOST:
            raise web.HTTPServiceUnavailable(text=f"{MOST} browsers listen already")
        response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        listener = _Listener()
        self._listeners.add(listener)
        try:
            await self._speak(listener, response)
        except ConnectionResetError:
            pass  # it went away; there is nobody to tell
        finally:
            self._listeners.discard(listener)
        return response

    async def _speak(self, listener: "_Listener", response: web.StreamResponse) -> None:
        await response.write(b"retry: 2000\n\n")
        while not self._ended:
            names = await listener.wait()
            text = "".join(f"event: news\ndata: {name}\n\n" for name in names) or ": still here\n\n"
            if not self._ended:
                await response.write(text.encode())
                await asyncio.sleep(self._pause if names else 0)

    def _settle(self) -> None:
        self._unsettled, self._heard = self._heard, set()
        self._later = asyncio.get_running_loop().call_later(self._settles, self._settled)

    def _settled(self) -> None:
        self._later = None
        self.tell(*self._unsettled)
        if self._heard:
            self._settle()


class _Listener:
    def __init__(self) -> None:
        self.news = asyncio.Event()
        self._names: set[str] = set()

    def tell(self, names: tuple[str, ...]) -> None:
        self._names.update(names)
        self.news.set()

    async def wait(self) -> list[str]:
        """What there is news of; nothing after a while of silence."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.news.wait()
        except TimeoutError:
            return []
        names, self._names = sorted(self._names), set()
        self.news.clear()
        return names


def learning(labels: Labels, live: Live) -> Callable[[Record], None]:
    """What topic last-received says becomes the labels, and news to every browser.

    One record that nobody can read must not keep the others from being shown.
    """

    def learn(record: Record) -> None:
        try:
            labels.learn(record)
        except MalformedError as error:
            metrics.count("charts_unreadable")
            _log.error("unreadable_label", offset=record.offset, reason=str(error))
        live.tell_settled("stores", "notifications")

    return learn
