"""Where the time of one attempt goes: DNS, connect, TLS, first byte, total."""

from dataclasses import dataclass

from sinks.delivery.attempts import Timing
from streams.observe import clock


@dataclass(slots=True)
class Stopwatch:
    """Monotonic seconds of what has happened so far; made when the attempt starts."""

    started: float
    dns_started: float | None = None
    dns_ended: float | None = None
    connect_started: float | None = None
    connect_ended: float | None = None
    tls_ended: float | None = None
    first_byte: float | None = None

    @property
    def reused(self) -> bool:
        """Whether the connection was open before."""
        return self.dns_started is None and self.connect_started is None

    def missing(self, *, tls: bool) -> str:
        """What has not happened, when time is up."""
        if self.dns_started is not None and self.connect_started is None:
            return "the name was not looked up in time"
        if self.connect_started is not None and self.connect_ended is None:
            return "not connected in time"
        if tls and self.connect_ended is not None and self.tls_ended is None:
            return "no TLS in time"
        return "no answer in time"

    def timing(self, now: float) -> Timing:
        return Timing(
            total_ms=_ms(self.started, now) or 0.0,
            dns_ms=_ms(self.dns_started, self.dns_ended),
            connect_ms=_ms(self.connect_started, self.connect_ended),
            tls_ms=_ms(self.connect_ended, self.tls_ended),
            first_byte_ms=_ms(self.started, self.first_byte),
            reused=self.reused,
        )


def start() -> Stopwatch:
    return Stopwatch(started=clock.monotonic())


def _ms(start: float | None, end: float | None) -> float | None:
    if start is None or end is None:
        return None
    return round((end - start) * 1000, 3)
