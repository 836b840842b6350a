"""Keeps each used issuer's keys in topic `keys`: at the start, as its answer ages, and when wanted.

A fetch that fails or gives nothing usable changes nothing: what was published stays, and the next
try comes soon. Only a set that differs is written, so a restart writes nothing.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import structlog

from streams.contracts import topics
from streams.contracts.codec import decode, encode
from streams.contracts.errors import MalformedError, TransientError
from streams.contracts.purchase import KeyWanted
from streams.contracts.step import Out, Record
from streams.observe import clock, metrics

WANTED_AT_MOST = timedelta(minutes=1)
_FIRST_RETRY = 1.0  # seconds; doubled until _LAST_RETRY
_LAST_RETRY = 60.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Keys by id in PEM, and for how long the issuer says that they may be kept."""

    keys: dict[str, str]
    lifetime: timedelta


class Fetch(Protocol):
    """Asks one address; TransientError or MalformedError when it gives nothing usable."""

    async def __call__(self, url: str) -> Fetched: ...


class Write(Protocol):
    """Returns when the record is in Kafka."""

    async def __call__(self, out: Out) -> None: ...


@dataclass(slots=True)
class _Issuer:
    """`asked_at`: when the last fetch began; `wanted`: set when somebody misses a key."""

    url: str
    asked_at: float | None = None
    wanted: asyncio.Event = field(default_factory=asyncio.Event)


class PublishedKeys:
    """`issuers`: the address of each one's key set. `on_record` takes what topic `keys` holds.

    `wanted_at_most`: how often an issuer is asked because somebody misses a key.
    """

    def __init__(
        self,
        issuers: Mapping[str, str],
        fetch: Fetch,
        write: Write,
        wanted_at_most: timedelta = WANTED_AT_MOST,
    ) -> None:
        self._wanted_at_most = wanted_at_most.total_seconds()
        self._issuers = {name: _Issuer(url) for name, url in issuers.items()}
        self._fetch = fetch
        self._write = write
        self._published: dict[str, dict[str, str]] = {}

    def on_record(self, record: Record) -> None:
        """A record of topic `keys`."""
        issuer = (record.key or b"").decode("utf-8", "replace")
        try:
            self._published[issuer] = decode(record.value, dict[str, str]) if record.value else {}
        except MalformedError as error:
            _log.error("keys_unreadable", issuer=issuer, error=str(error))

    def want(self, wanted: KeyWanted) -> None:
        """Ask again, unless the key is here by now or the issuer is none of ours."""
        issuer = self._issuers.get(wanted.issuer)
        if issuer is None:
            _log.warning("keys_wanted_of_unknown_issuer", issuer=wanted.issuer)
        elif wanted.key_id not in self._published.get(wanted.issuer, {}):
            issuer.wanted.set()

    async def run(self) -> None:
        """Keep all of them, each on its own, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, issuer in self._issuers.items():
                group.create_task(self._keep(name, issuer))

    async def _keep(self, name: str, issuer: _Issuer) -> None:
        """One fetch at a time: whoever wants a key while one runs is served by the next."""
        retry = _FIRST_RETRY
        while True:
            lifetime = await self._refresh(name, issuer)
            pause = retry if lifetime is None else lifetime.total_seconds()
            retry = min(2 * retry, _LAST_RETRY) if lifetime is None else _FIRST_RETRY
            await self._rest(issuer, pause)

    async def _rest(self, issuer: _Issuer, pause: float) -> None:
        """Until the answer has aged, or until a key is wanted, but a minute at least for those."""
        try:
            async with asyncio.timeout(pause):
                await issuer.wanted.wait()
        except TimeoutError:
            return
        asked_at = issuer.asked_at or 0.0
        least = asked_at + self._wanted_at_most - clock.monotonic()
        await asyncio.sleep(max(0.0, min(least, pause)))

    async def _refresh(self, name: str, issuer: _Issuer) -> timedelta | None:
        """How long the answer is good for; None when there was no good one."""
        issuer.wanted.clear()
        issuer.asked_at = clock.monotonic()
        try:
            fetched = await self._fetch(issuer.url)
        except (TransientError, MalformedError) as error:
            metrics.count("published_keys_fetches", result="failed")
            _log.warning("published_keys_not_fetched", issuer=name, reason=str(error))
            return None
        metrics.count("published_keys_fetches", result="good")
        if fetched.keys != self._published.get(name):
            out = Out(topic=topics.KEYS, key=name.encode(), value=encode(fetched.keys))
            await self._write(out)
            self._published[name] = fetched.keys
            _log.info("published_keys_changed", issuer=name, key_ids=sorted(fetched.keys))
        return fetched.lifetime
