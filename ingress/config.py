"""What the doors allow, in numbers: one value with defaults that leave the stores room."""

from dataclasses import dataclass
from datetime import timedelta

from streams.observe.connections import Patience

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bytes are of bodies. Every number holds for one process."""

    ack_deadline: timedelta = timedelta(seconds=3)  # stores give up after 5 to 15 s
    read_deadline: timedelta = timedelta(seconds=10)  # first byte of a request to its last
    idle_deadline: timedelta = timedelta(seconds=75)  # between requests of one connection
    in_flight_bytes: int = 64 * MIB  # read or being read, not yet acknowledged by the broker
    token_per_second: int = 200
    token_day_bytes: int = 2048 * MIB  # from midnight to midnight, UTC
    header_bytes: int = 16 * 1024  # of the headers that are kept
    connections: int = 4096

    @property
    def patience(self) -> Patience:
        """Of the public port."""
        return Patience(
            read_deadline=self.read_deadline,
            idle_deadline=self.idle_deadline,
            connections=self.connections,
        )
