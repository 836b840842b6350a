"""Deliveries, plans and destinations for the tests of this package."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sinks.delivery.delivery import Delivery, OpenRecord
from sinks.delivery.ending import Tried
from sinks.delivery.plan import Plan
from sinks.destinations.base import DELIVERED, Destination, Verdict, VerdictKind
from sinks.destinations.options import OptionReader
from sinks.destinations.webhook import make
from streams.contracts.event import Event
from streams.contracts.step import Headers, Record
from streams.observe import clock
from tests.sinks.events import event, event_out

NOW = datetime(2026, 9, 21, 14, 14, tzinfo=UTC)
FAILED = Verdict(kind=VerdictKind.RETRY, reason="http_500")
GONE = Verdict(kind=VerdictKind.DISABLE, reason="http_410")


def webhook(url: str = "https://hooks.example.com/in", **options: Any) -> Destination:  # noqa: ANN401 - any TOML value
    return make(url, OptionReader("destinations[0]", options))


def plan(name: str = "mine", **fields: Any) -> Plan:  # noqa: ANN401 - any field of Plan
    given: dict[str, Any] = {"name": name, "type": "webhook", "destination": webhook()}
    return Plan(**(given | fields))


def record_of(told: Event, *, offset: int = 0, headers: Headers = ()) -> Record:
    out = event_out(told)
    assert out.value is not None
    return Record(
        topic=out.topic, partition=0, offset=offset, key=out.key, value=out.value, headers=headers
    )


def delivery(
    number: int | str = 1,
    *,
    customer: str = "u-42",
    first_at: datetime = NOW,
    read_at: float | None = None,
    **fields: Any,  # noqa: ANN401 - any field of Delivery
) -> Delivery:
    told = event(number, customer_id=customer)
    at = clock.monotonic() if read_at is None else read_at
    given: dict[str, Any] = {"destination": "mine", "first_at": first_at}
    return Delivery(event=told, open=OpenRecord(record_of(told), read_at=at), **(given | fields))


def tried(verdict: Verdict = DELIVERED, **fields: Any) -> Tried:  # noqa: ANN401 - any field of Tried
    given: dict[str, Any] = {"verdict": verdict, "started_at": NOW}
    return Tried(**(given | fields))


def numbers(deliveries: Sequence[Delivery]) -> list[str]:
    """What tells them apart: the end of each event's fact."""
    told = [one.event for one in deliveries if isinstance(one.event, Event)]
    return [event.fact.removeprefix("txn/GPA.") for event in told]
