"""Questions to ClickHouse: three at once, in threads, read-only, each with limits; answers for a second.

chDB's throughput is flat from two readers on and every more only makes all of them slower, so more
questions wait for their turn. The same question asked again meanwhile gets the same answer.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from clickhouse_connect.driver.client import Client

from sinks.charts.answer import Answer, answer_of
from sinks.charts.engine import DAMAGED, Engine, QueryError, our_errors
from sinks.charts.guard import checked
from streams.contracts.errors import TransientError
from streams.observe import clock, metrics

AT_ONCE = 3
MOST_WAITING = 64
MOST_ROWS = 100_000
FRESH = 1.0  # seconds that an answer is given again
# Seconds from a start until what can't be read is worth another one: what that did not mend, the next won't.
SETTLED = 300.0
LIMITS: Final = {
    "max_execution_time": 30,
    "max_memory_usage": 2 * 1024**3,
    "max_result_rows": MOST_ROWS + 1,
    "result_overflow_mode": "break",
    # Conditions are tested one after another where each skips what is read next: rows that are
    # everywhere in a column skip nothing, and each test copies what is left.
    "enable_multiple_prewhere_read_steps": 0,
    # A join looks up its right side, as it is written: which side is larger is guessed here, not known,
    # and the larger one was put into the table that is looked up.
    "query_plan_join_swap_table": "false",
    "readonly": 1,
}
Parameters = Mapping[str, object]
Key = tuple[str, tuple[tuple[str, str], ...]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Kept:
    asked_at: float
    task: asyncio.Task[Any]  # of what that question is answered with


class Reader:
    """Use it as a context; its threads and connections end with it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="read")
        self._idle: list[Client] = []
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._kept: dict[Key, _Kept] = {}
        self._settled = clock.monotonic() + SETTLED
        self._damage: QueryError | None = None
        self._damaged = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        tasks = [kept.task for kept in self._kept.values()]
        await asyncio.gather(*tasks, return_exceptions=True)
        self._threads.shutdown()
        for client in self._idle:
            client.close()

    async def ask(self, statement: str, parameters: Parameters | None = None) -> Answer:
        """The answer to a statement of ours; parameters are bound, never written into it."""
        bound = dict(parameters or {})
        return await self._ours(
            (statement, _texts(bound)),
            lambda client: _answer(client, statement, bound),
        )

    async def parquet(self, statement: str, parameters: Parameters) -> bytes:
        """The same answer as a file of columns with their types, written by ClickHouse."""
        bound = dict(parameters)
        return await self._ours(
            (statement, (("", "parquet"), *_texts(bound))),
            lambda client: client.raw_query(statement, parameters=bound, fmt="Parquet"),
        )

    async def ask_freely(self, statement: str, views: frozenset[str]) -> Answer:
        """The answer to somebody else's statement, once the guard has let it pass."""
        return await self._once(
            (statement, (("", "free"),)),
            lambda client: _answer(client, checked(client, statement, views), {}),
        )

    async def damaged(self) -> None:
        """Waits; raise QueryError once a statement of ours met files of this process that can't be read,
        and a start may help: not when one has just been."""
        await self._damaged.wait()
        if self._damage is not None:
            raise self._damage

    async def _ours(self, key: Key, work: Callable[[Client], T]) -> T:
        try:
            return await self._once(key, work)
        except QueryError as error:  # somebody else's statement may raise the like by its own words
            if error.name in DAMAGED and self._engine.alone and clock.monotonic() > self._settled:
                self._damage = error
                self._damaged.set()
            raise

    async def _once(self, key: Key, work: Callable[[Client], T]) -> T:
        now = clock.monotonic()
        self._forget(now)
        kept = self._kept.get(key)
        if kept is None:
            if self._waiting >= MOST_WAITING:
                raise TransientError(
                    f"{self._waiting} questions are waiting already: ask again later"
                )
            kept = _Kept(now, asyncio.create_task(self._in_turn(work)))
            self._kept[key] = kept
        answer: T = await asyncio.shield(kept.task)
        return answer

    def _forget(self, now: float) -> None:
        """What is old or failed; what is being answered is never old."""
        for key, kept in list(self._kept.items()):
            if kept.task.done() and (now - kept.asked_at > FRESH or kept.task.exception()):
                del self._kept[key]

    async def _in_turn(self, work: Callable[[Client], T]) -> T:
        self._waiting += 1
        try:
            async with self._turn:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._threads, self._with_client, work)
        finally:
            self._waiting -= 1

    def _with_client(self, work: Callable[[Client], T]) -> T:
        client = self._idle.pop() if self._idle else self._engine.client(LIMITS)
        started = clock.monotonic()
        try:
            with our_errors("asking ClickHouse"):
                return work(client)
        finally:
            metrics.observe("charts_query_seconds", clock.monotonic() - started)
            self._idle.append(client)


def _texts(bound: Parameters) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in bound.items()))


def _answer(client: Client, statement: str, parameters: dict[str, object]) -> Answer:
    found = client.query(statement, parameters=parameters or None)
    if not found.column_names:
        return answer_of(*_columns(client, statement, parameters), [], MOST_ROWS)
    types = [kind.name for kind in found.column_types]
    return answer_of(found.column_names, types, found.result_rows, MOST_ROWS)


def _columns(
    client: Client, statement: str, parameters: dict[str, object]
) -> tuple[list[str], list[str]]:
    """Names and types. An answer without rows comes without them, and whoever reads the file needs them."""
    told = client.query(f"DESCRIBE TABLE ({statement}\n)", parameters=parameters or None)
    return [row[0] for row in told.result_rows], [row[1] for row in told.result_rows]
