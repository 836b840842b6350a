"""What every destination must do, whatever its vendor wants. A destination's test class inherits it.

A subclass says how one is made; everything here then runs against it, for every event type.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import orjson
import pytest
from msgspec.structs import replace
from yarl import URL

from sinks.destinations.base import Destination, Request, Response, Sending, VerdictKind
from streams.contracts.event import EventType
from streams.contracts.words import Environment, PeriodType, Reason
from tests.sinks.events import event

NOW = datetime(2026, 9, 21, 14, 14, tzinfo=UTC)
SENDING = Sending(now=NOW)


def _texts(value: object) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


class DestinationConformance:
    """Inherit it as `class TestX(DestinationConformance)` and give the three methods. `untold`: what
    its vendor has no word for."""

    untold: ClassVar[frozenset[EventType]] = frozenset()

    def destination(self) -> Destination:
        """One with every option set."""
        raise NotImplementedError

    def accepted(self) -> Response:
        """The vendor's answer to what it took."""
        raise NotImplementedError

    def id_of(self, request: Request) -> str:
        """By what the vendor knows a copy of this request."""
        raise NotImplementedError

    @pytest.mark.parametrize("type_", EventType)
    def test_every_event_type_can_be_told(self, type_: EventType) -> None:
        destination, told = self.destination(), event(type=type_)
        requests = destination.requests(told, SENDING)

        assert bool(requests) is destination.tells(told) is (type_ not in self.untold)
        for request in requests:
            assert URL(request.url).scheme in {"https", "http"}
            assert request.body

    @pytest.mark.parametrize("type_", EventType)
    def test_an_event_that_lacks_whatever_may_be_lacking_can_be_told(
        self, type_: EventType
    ) -> None:
        bare = event(
            type=type_,
            attributes={},
            entitlement_ids=None,
            product_id=None,
            period_type=None,
            purchased_at=None,
            expires_at=None,
            currency=None,
            price_micros=None,
            price_usd_micros=None,
            tax_bp=None,
            commission_bp=None,
            transaction_id=None,
            country_code=None,
            renewal_number=None,
        )

        assert bool(self.destination().requests(bare, SENDING)) is (type_ not in self.untold)

    def test_unusual_text_arrives_unharmed(self) -> None:
        name = 'pro "\\ \u2028 \N{GRINNING FACE}'
        requests = self.destination().requests(
            event(product_id=name, country_code="\u00c5"), SENDING
        )

        assert requests
        assert any(name in text for one in requests for text in _texts(orjson.loads(one.body)))

    def test_the_same_event_at_the_same_moment_gives_the_same_bytes(self) -> None:
        first = self.destination().requests(event(), SENDING)
        again = self.destination().requests(event(), SENDING)

        assert [(r.url, r.body, dict(r.headers)) for r in first] == [
            (r.url, r.body, dict(r.headers)) for r in again
        ]

    def test_a_retry_is_known_as_a_copy_of_the_first_attempt(self) -> None:
        later = Sending(now=NOW + timedelta(hours=5), attempt=5)

        first = self.destination().requests(event(), SENDING)
        retry = self.destination().requests(event(), later)

        assert [self.id_of(request) for request in first] == [
            self.id_of(request) for request in retry
        ]

    def test_two_events_are_not_copies_of_each_other(self) -> None:
        first = self.destination().requests(event(1), SENDING)
        second = self.destination().requests(event(2), SENDING)

        assert {self.id_of(r) for r in first}.isdisjoint(self.id_of(r) for r in second)

    def test_sandbox_trial_and_refund_can_be_told(self) -> None:
        told = event(
            type=EventType.CANCELLATION,
            environment=Environment.SANDBOX,
            period_type=PeriodType.TRIAL,
            cancel_reason=Reason.CUSTOMER_SUPPORT,
            price_micros=-1,
            price_usd_micros=-1,
        )

        assert self.destination().requests(told, SENDING)

    def test_neither_repr_nor_text_shows_a_secret(self) -> None:
        destination = self.destination()
        (request, *_) = destination.requests(event(), SENDING)
        shown = f"{destination!r} {destination} {request!r}"

        assert destination.secrets, "the conformance suite wants one with its secrets set"
        assert not [s for s in destination.secrets if s.reveal() in shown]

    def test_an_accepting_answer_is_delivered(self) -> None:
        assert self.destination().judge(self.accepted()).kind is VerdictKind.DELIVERED

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_a_redirect_is_no_success(self, status: int) -> None:
        answer = replace(self.accepted(), status=status, headers={"location": "http://other"})

        assert self.destination().judge(answer).kind is not VerdictKind.DELIVERED

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_an_overloaded_or_broken_vendor_is_asked_again(self, status: int) -> None:
        verdict = self.destination().judge(replace(self.accepted(), status=status, body=b""))

        assert verdict.kind is VerdictKind.RETRY
        assert verdict.reason

    @pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"<html>", b"{" * 1000, b"[]", b"null"])
    @pytest.mark.parametrize("status", [200, 400, 500])
    def test_any_answer_can_be_judged(self, status: int, body: bytes) -> None:
        answer = Response(status=status, received_at=NOW, body=body, truncated=True)

        assert self.destination().judge(answer).kind in VerdictKind

    @pytest.mark.parametrize(
        "said",
        [
            "",
            "-1",
            "9" * 400,
            f"Mon, 21 Sep {'9' * 30} 14:10:00 GMT",
            "Mon, 21 Sep 2026 14:10:00 +" + "9" * 30,
        ],
    )
    def test_an_absurd_retry_after_loses_no_event(self, said: str) -> None:
        answer = replace(self.accepted(), status=503, headers={"retry-after": said})
        verdict = self.destination().judge(answer)

        assert verdict.kind is VerdictKind.RETRY
        assert timedelta() <= (verdict.after or timedelta()) <= timedelta(hours=24)

    def test_retry_after_is_honored(self) -> None:
        answer = replace(self.accepted(), status=429, headers={"retry-after": "120"})

        assert self.destination().judge(answer).after == timedelta(seconds=120)
