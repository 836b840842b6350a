"""What a lane tells operators while it works: its metrics, and a line for what they should know."""

import structlog

from sinks.delivery.attempts import AttemptResult
from sinks.delivery.breaker import Breaker
from sinks.delivery.delivery import Delivery
from sinks.delivery.ending import Ending
from streams.observe import metrics

_log = structlog.get_logger()


class LaneLog:
    """Of the lane to `destination`. Times are seconds."""

    def __init__(self, destination: str) -> None:
        self._destination = destination
        self._waited = metrics.histogram("delivery_wait_seconds")
        self._took = metrics.histogram("delivery_seconds", destination=destination)
        self._since = metrics.histogram("delivered_after_seconds", destination=destination)
        self._delivered = metrics.counter(
            "deliveries", destination=destination, result=AttemptResult.DELIVERED
        )

    def begun(self, waited: float) -> None:
        """An attempt begins, so long after its record was read."""
        self._waited.observe(waited)

    def tried(self, took: float) -> None:
        self._took.observe(took)

    def delivered_at_once(self, since: float) -> None:
        """By its first attempt, so long after the notification was received; less than nothing after
        a clock was set back, and a sum that falls would be read as a process that began anew."""
        self._since.observe(max(0.0, since))

    def put_off(self, reason: str) -> None:
        metrics.count("deliveries_put_off", destination=self._destination, reason=reason)

    def ended(self, result: AttemptResult) -> None:
        if result is AttemptResult.DELIVERED:
            self._delivered.inc()
        else:
            metrics.count("deliveries", destination=self._destination, result=result)

    def turned(self, breaker: Breaker, reason: str) -> None:
        """The breaker has opened, opened again, or closed."""
        opened = breaker.opened
        metrics.gauge("delivery_breaker_open", float(opened > 0), destination=self._destination)
        if not opened:
            _log.info("breaker_closed", destination=self._destination)
            return
        _log.warning(
            "breaker_opened",
            destination=self._destination,
            reason=reason,
            probe_at=str(breaker.until),
        )

    def dead(self, delivery: Delivery, ending: Ending) -> None:
        _log.error(
            "delivery_dead",
            destination=self._destination,
            event_id=delivery.event.id,
            event_type=delivery.event.type,
            attempts=delivery.attempts + 1,
            reason=ending.reason,
        )
