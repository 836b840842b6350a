"""How a store's API can fail in the demo and in tests: slow, down, throttling, refusing, stale."""

import asyncio
from dataclasses import dataclass

from aiohttp import web


@dataclass(slots=True, kw_only=True)
class Faults:
    """`slow`: seconds before each answer. `throttled`: Retry-After of a 429. `stale`: what was true
    before the last change is answered. `status`: answered to everything. `forbidden`: what paths
    that have it in them are refused with 403."""

    slow: float = 0.0
    throttled: int | None = None
    status: int | None = None
    stale: bool = False
    forbidden: str = ""

    async def before(self, path: str = "") -> web.Response | None:
        """What to answer instead; None: go on."""
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.throttled is not None:
            return web.Response(status=429, headers={"Retry-After": str(self.throttled)})
        if self.forbidden and self.forbidden in path:
            return web.Response(status=403)
        return web.Response(status=self.status) if self.status is not None else None
