"""Each change that somebody makes in the console, written to topic console.audit before it is made."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aiohttp import web

from sinks.console.pages import SESSION
from streams.contracts.codec import encode
from streams.contracts.step import Out
from streams.contracts.topics import CONSOLE_AUDIT
from streams.observe import clock


class Writing(Protocol):
    async def send(self, out: Out) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`what`: a verb about a thing, `destination.pause`. `about`: which one. No secret is in it."""

    at: datetime
    who: str
    what: str
    about: str
    details: dict[str, str] = field(default_factory=dict)


class Audit:
    """Return means that it is in Kafka; TransientError: it is not, so the change must not be made."""

    def __init__(self, producer: Writing) -> None:
        self._producer = producer

    async def note(self, request: web.Request, what: str, about: str, **details: str) -> None:
        """Who is asking is known from the session."""
        session = request.get(SESSION)
        who = session.who if session is not None else ""
        await self.write(what, about, who=who, **details)

    async def write(self, what: str, about: str, *, who: str, **details: str) -> None:
        entry = AuditEntry(at=clock.now(), who=who, what=what, about=about, details=details)
        await self._producer.send(
            Out(topic=CONSOLE_AUDIT, key=about.encode("utf-8", "replace"), value=encode(entry))
        )
