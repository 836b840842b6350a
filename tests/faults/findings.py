"""What a fault did: every command's output once or more, all copies equal, states as they must be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streams.contracts.codec import decode, encode
from tests.faults.machine import Command, State, Told, apply
from tests.faults.topics import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """`copies`: outputs beyond the first of a command. `differing`: not as computed from scratch."""

    sent: int
    lost: int
    copies: int
    differing: int
    wrong_states: int

    @property
    def problems(self) -> tuple[str, ...]:
        """What must never be; copies are allowed."""
        found = {
            "outputs lost": self.lost,
            "outputs that differ": self.differing,
            "wrong states": self.wrong_states,
        }
        return tuple(f"{count} {what}" for what, count in found.items() if count)


def compare(sent: Mapping[bytes, Sequence[Command]], told: Records, states: Records) -> Findings:
    """Fold what was sent, from scratch, and compare with what the workers wrote."""
    expected: dict[int, Told] = {}
    final: dict[bytes, bytes] = {}
    for key, commands in sent.items():
        state = State()
        for command in commands:
            state, expected[command.id] = apply(state, command)
        final[key] = encode(state)
    seen = [decode(record.value or b"", Told) for record in told]
    kept = {record.key: record.value for record in states}
    return Findings(
        sent=len(expected),
        lost=len(expected.keys() - {one.id for one in seen}),
        copies=len(seen) - len({one.id for one in seen}),
        differing=sum(expected.get(one.id) != one for one in seen),
        wrong_states=sum(kept.get(key) != state for key, state in final.items()),
    )
