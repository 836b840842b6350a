"""The order of a cycle, and what a step that raises leads to."""

from collections.abc import Iterable

import pytest
from prometheus_client import REGISTRY

from streams.contracts import topics
from streams.contracts.dead import dead_letter
from streams.contracts.errors import ConfigError
from streams.contracts.step import KEEP, Out, Record, Step
from streams.driver.agent import Agent
from streams.driver.bugs import TooManyBugsError
from streams.driver.cycle import LARGEST_STATE, Cycle
from streams.driver.delivery import LARGEST_OUT
from streams.driver.states import Key, NoStates
from tests.streams.driver.make import record


class Kafka:
    """Notes what is delivered and kept, in order."""

    def __init__(self, states: dict[Key, bytes] | None = None) -> None:
        self.states: dict[Key, bytes | None] = dict(states or {})
        self.delivered: list[Out] = []
        self.log: list[str] = []

    async def deliver(self, outs: Iterable[Out]) -> None:
        self.log.append("delivered")
        self.delivered.extend(outs)

    def get(self, key: Key) -> bytes | None:
        return self.states.get(key)

    async def keep(self, states: dict[Key, bytes | None]) -> None:
        self.log.append("kept")
        self.states.update(states)


def out(value: bytes) -> Out:
    return Out(topic="told", key=b"k", value=value)


def append(found: Record, state: bytes | None) -> Step:
    """The state is all values so far."""
    if found.value == b"raise":
        raise ValueError("made to")
    if found.value == b"config":
        raise ConfigError("a newer state")
    after = (state or b"") + found.value
    return Step(outputs=(out(after),), state=after)


def cycle(kafka: Kafka, step: object = append, table: str | None = "t") -> Cycle:
    agent = Agent(name="a", reads=("inbox",), step=step, table=table)  # type: ignore[arg-type]
    made = Cycle(agent, kafka if table else NoStates(), kafka)
    made.steps_for = 60.0
    return made


async def test_outputs_are_delivered_before_states_are_kept() -> None:
    kafka = Kafka()

    await cycle(kafka).run([record(0, value=b"1")])

    assert kafka.log == ["delivered", "kept"]
    assert kafka.delivered == [out(b"1")]
    assert kafka.states == {(0, b"k"): b"1"}


async def test_a_key_s_later_record_meets_the_state_of_the_earlier_one() -> None:
    kafka = Kafka({(0, b"k"): b"0"})

    await cycle(kafka).run([record(0, value=b"1"), record(1, b"other"), record(2, value=b"2")])

    assert [told.value for told in kafka.delivered] == [b"01", b"v", b"012"]
    assert kafka.states == {(0, b"k"): b"012", (0, b"other"): b"v"}


async def test_equal_keys_of_two_partitions_are_two_states() -> None:
    kafka = Kafka()

    await cycle(kafka).run([record(0, value=b"1"), record(0, value=b"2", partition=1)])

    assert kafka.states == {(0, b"k"): b"1", (1, b"k"): b"2"}


async def test_a_step_may_leave_or_delete_the_state() -> None:
    def step(found: Record, _state: bytes | None) -> Step:
        return Step(state=None if found.value == b"delete" else KEEP)

    kafka = Kafka({(0, b"k"): b"1"})
    await cycle(kafka, step).run([record(0)])
    assert kafka.log == ["delivered"]

    await cycle(kafka, step).run([record(1, value=b"delete")])
    assert kafka.states == {(0, b"k"): None}


async def test_a_record_that_raises_is_a_dead_letter_and_leaves_its_state() -> None:
    kafka = Kafka({(0, b"k"): b"0"})
    records = [record(0, value=b"1"), record(1, value=b"raise"), record(2, value=b"2")]

    settled = await cycle(kafka).run(records)

    assert list(settled) == records
    assert [told.topic for told in kafka.delivered] == ["told", topics.DEAD, "told"]
    assert kafka.states == {(0, b"k"): b"012"}


@pytest.mark.parametrize("fails", [False, True])
async def test_what_an_agent_tells_of_a_bug_goes_beside_the_dead_letter(*, fails: bool) -> None:
    def on_bug(found: Record, error: Exception) -> list[Out]:
        if fails:
            raise KeyError("a bug about a bug")
        return [out(f"{found.offset}: {error}".encode())]

    kafka = Kafka()
    agent = Agent(name="a", reads=("inbox",), step=append, table="t", on_bug=on_bug)

    await Cycle(agent, kafka, kafka).run([record(7, value=b"raise")])

    told = [] if fails else [out(b"7: made to")]
    assert kafka.delivered[0].topic == topics.DEAD
    assert kafka.delivered[1:] == told


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(Step(outputs=(out(b"x" * LARGEST_OUT),)), id="an output"),
        pytest.param(Step(state=b"x" * (LARGEST_STATE + 1)), id="a state"),
        pytest.param(Step(outputs=(out(b"1"), out(b"x" * LARGEST_OUT))), id="the second output"),
    ],
)
async def test_too_large_a_result_is_a_dead_letter_and_nothing_else(result: Step) -> None:
    kafka = Kafka()

    await cycle(kafka, lambda _record, _state: result).run([record(0)])

    (letter,) = kafka.delivered
    assert letter.topic == topics.DEAD
    assert dict(letter.headers)[topics.HEADER_DETAIL].startswith(b"UnencodableError: ")
    assert kafka.states == {}


async def test_what_a_step_rejects_is_counted_by_its_reason() -> None:
    def reject(found: Record, _state: bytes | None) -> Step:
        letter = dead_letter(found, reason="signature", detail="no secret made it")
        return Step(outputs=(out(b"1"), letter))

    def counted() -> float:
        asked = "sn_driver_rejected_total", {"reason": "signature"}
        return REGISTRY.get_sample_value(*asked) or 0.0

    before = counted()
    await cycle(Kafka(), reject).run([record(0), record(1)])

    assert counted() == before + 2


async def test_the_largest_state_is_kept() -> None:
    kafka = Kafka()
    largest = b"x" * LARGEST_STATE

    await cycle(kafka, lambda _record, _state: Step(state=largest)).run([record(0)])

    assert kafka.states == {(0, b"k"): largest}


async def test_a_config_error_of_a_step_is_raised_and_nothing_is_delivered() -> None:
    kafka = Kafka()

    with pytest.raises(ConfigError):
        await cycle(kafka).run([record(0, value=b"1"), record(1, value=b"config")])
    assert kafka.log == []


async def test_a_state_that_can_t_be_read_is_raised_and_no_record_is_buried_for_it() -> None:
    class Unreadable(Kafka):
        def get(self, key: Key) -> bytes | None:
            raise OSError(f"IO error: while reading {key}")

    kafka = Unreadable()

    with pytest.raises(OSError, match="IO error"):
        await cycle(kafka).run([record(0, value=b"1")])
    assert kafka.log == []


async def test_one_bug_too_many_is_raised_and_its_cycle_delivers_nothing() -> None:
    kafka = Kafka()
    one = cycle(kafka)
    for offset in range(20):
        await one.run([record(offset, value=b"raise")])

    with pytest.raises(TooManyBugsError):
        await one.run([record(20, value=b"raise")])
    assert len(kafka.delivered) == 20


async def test_a_record_without_a_key_has_no_state_and_is_a_dead_letter() -> None:
    kafka = Kafka()

    await cycle(kafka).run([record(0, key=None)])

    assert kafka.delivered[0].topic == topics.DEAD


async def test_an_agent_without_a_table_reads_records_without_keys_and_keeps_nothing() -> None:
    kafka = Kafka()

    await cycle(kafka, lambda _record, _state: Step(outputs=(out(b"1"),)), table=None).run(
        [record(0, key=None)]
    )

    assert kafka.log == ["delivered"]
    assert kafka.delivered == [out(b"1")]


async def test_slow_steps_end_the_cycle_early_and_the_rest_is_not_begun() -> None:
    begun: list[int] = []

    def slow(found: Record, _state: bytes | None) -> Step:
        begun.append(found.offset)
        deadline = 3_000_000
        sum(range(deadline))  # some 50 ms
        return Step()

    records = [record(n) for n in range(20)]
    one = cycle(Kafka(), slow)
    one.steps_for = 0.1
    settled = await one.run(records)

    assert 0 < len(settled) < 20
    assert list(settled) == records[: len(settled)]
    assert begun == [found.offset for found in settled]
