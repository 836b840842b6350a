"""Waiting until every program can serve: each is asked its /readyz, and who is not ready is named."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp

from deploy.local.programs import Program

_EVERY = 0.25  # seconds between two rounds of questions
_ANSWER = aiohttp.ClientTimeout(total=2)

Told = Callable[[str, float], None]
"""Called with a program's name and the seconds after which it was ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReady:
    """`reason`: what it answered, or that it does not answer."""

    name: str
    reason: str


async def wait_until_ready(
    programs: Sequence[Program], *, within: float, told: Told
) -> list[NotReady]:
    """Those that were not ready in time; empty when all are."""
    started = time.monotonic()
    waiting = {program.name: program for program in programs if program.ready}
    reasons: dict[str, str] = {}
    async with aiohttp.ClientSession(timeout=_ANSWER) as session:
        while waiting and time.monotonic() - started < within:
            answers = await asyncio.gather(*(_ask(session, p.ready) for p in waiting.values()))
            reasons = dict(zip(waiting, answers, strict=True))
            for name in [name for name, reason in reasons.items() if reason == ""]:
                del waiting[name]
                told(name, time.monotonic() - started)
            await asyncio.sleep(_EVERY if waiting else 0)
    return [NotReady(name=name, reason=reasons[name]) for name in waiting]


async def _ask(session: aiohttp.ClientSession, url: str | None) -> str:
    """ "" when ready, else why not."""
    try:
        async with session.get(url or "") as answer:
            if answer.status == 200:  # noqa: PLR2004
                return ""
            return (await answer.text())[:300] or f"answers {answer.status}"
    except (TimeoutError, aiohttp.ClientError) as error:
        return f"does not answer ({type(error).__name__})"
