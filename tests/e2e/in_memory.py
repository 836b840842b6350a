"""The four pure steps joined by plain queues: the whole path of a notification without any process.

Offsets and partitions are those that one-partition topics would give; states are kept by key.
"""

from collections import defaultdict, deque
from collections.abc import Callable

from streams import agents
from streams.agents import Context
from streams.contracts import topics
from streams.contracts.codec import decode
from streams.contracts.event import Event
from streams.contracts.outcome import Outcome
from streams.contracts.step import KEEP, Out, Record, Step

_Keyed = Callable[[Record, bytes | None, Context], Step]
_STEPS: dict[str, _Keyed] = {
    topics.PURCHASES: agents.track,
    topics.CUSTOMER_INBOX: agents.identify,
    topics.OUTCOMES: agents.receipts,
}
LookUp = Callable[[Record], tuple[Out, ...]]
_READ_BY_VERIFY = {topics.RAW, topics.POSTED}


class Pipeline:
    """`put` runs until everything that a record leads to has come out. `look_up`: the one step that
    is none of Faust's."""

    def __init__(self, context: Context, look_up: LookUp | None = None) -> None:
        self.context = context
        self._look_up = look_up
        self.out: dict[str, list[Record]] = defaultdict(list)
        self._waiting: deque[Record] = deque()
        self._states: dict[tuple[str, bytes | None], bytes | None] = {}

    def put(self, out: Out) -> None:
        self._waiting.append(self._record(out))
        self._run()

    def read_again(self, topic: str) -> None:
        """From its start: the same records at the same offsets meet the states of now."""
        self._waiting.extend(self.out[topic])
        self._run()

    @property
    def states(self) -> dict[tuple[str, bytes | None], bytes | None]:
        """By topic and key."""
        return dict(self._states)

    def _run(self) -> None:
        while self._waiting:
            for one in self._step(self._waiting.popleft()).outputs:
                self._waiting.append(self._record(one))

    @property
    def events(self) -> list[Event]:
        return [decode(record.value, Event) for record in self.out[topics.EVENTS]]

    @property
    def outcomes(self) -> list[Outcome]:
        return [decode(record.value, Outcome) for record in self.out[topics.OUTCOMES]]

    def _record(self, out: Out) -> Record:
        kept = self.out[out.topic]
        record = Record(
            topic=out.topic,
            partition=0,
            offset=len(kept),
            key=out.key,
            value=out.value or b"",
            headers=out.headers,
        )
        kept.append(record)
        return record

    def _step(self, record: Record) -> Step:
        if record.topic in _READ_BY_VERIFY:
            return agents.verify(record, self.context)
        if record.topic == topics.POINTERS and self._look_up is not None:
            return Step(outputs=self._look_up(record))
        step = _STEPS.get(record.topic)
        if step is None:
            return Step()
        name = (record.topic, record.key)
        done = step(record, self._states.get(name), self.context)
        if done.state is not KEEP:
            self._states[name] = done.state  # type: ignore[assignment]
        return done
