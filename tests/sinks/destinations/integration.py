"""What every integration must do: conformance, and its vendor's API taking every type of event.

Events go by the real sender and client to the vendor's API on loopback.
"""

import pytest

from sinks.delivery.client import Client
from sinks.delivery.delivery import Delivery, OpenRecord
from sinks.delivery.ending import Tried
from sinks.delivery.sender import Sender
from sinks.destinations.base import Destination, VerdictKind
from sinks.destinations.naming import NAMES
from streams.contracts.errors import ConfigError
from streams.contracts.event import Event, EventType
from streams.contracts.words import PeriodType
from tests.sinks.delivery.deliveries import NOW, plan, record_of
from tests.sinks.destinations.conformance import SENDING, DestinationConformance
from tests.sinks.destinations.vendors.vendor import Vendor
from tests.sinks.events import event

ALL_ON = {word: f"Store {word}" for word in NAMES}


async def tell(destination: Destination, *events: Event) -> list[Tried]:
    """One attempt for each of them."""
    configured = plan(destination=destination, allow_private=True)
    tried = []
    async with Client() as client:
        for told in events:
            opened = OpenRecord(record_of(told), read_at=0.0)
            delivery = Delivery(event=told, destination="mine", first_at=NOW, open=opened)
            tried.append(await Sender(client).attempt(configured, delivery))
    return tried


def kinds(tried: list[Tried]) -> list[VerdictKind]:
    return [one.verdict.kind for one in tried]


class IntegrationConformance(DestinationConformance):
    """Give also a vendor's server, and a destination there."""

    untold = frozenset({EventType.TRANSFER})

    def vendor(self) -> Vendor:
        raise NotImplementedError

    def at(self, url: str, **options: object) -> Destination:
        """One whose vendor is at `url`, with its credentials and these options."""
        raise NotImplementedError

    async def test_the_vendor_takes_every_event_type_that_has_a_name(self) -> None:
        told = [event(at, type=type_) for at, type_ in enumerate(EventType)]
        async with self.vendor() as vendor:
            destination = self.at(vendor.url, event_names=ALL_ON)
            tellable = [one for one in told if destination.tells(one)]
            tried = await tell(destination, *tellable)

        assert {one.type for one in told} - {one.type for one in tellable} == self.untold
        assert set(kinds(tried)) == {VerdictKind.DELIVERED}
        assert self.ids_kept(vendor) == {one.id for one in tellable}

    async def test_the_vendor_takes_an_event_that_lacks_what_may_be_lacking(self) -> None:
        bare = event(
            attributes={},
            product_id=None,
            currency=None,
            price_micros=None,
            price_usd_micros=None,
            expires_at=None,
            country_code=None,
        )
        async with self.vendor() as vendor:
            tried = await tell(self.at(vendor.url), bare)

        assert kinds(tried) == [VerdictKind.DELIVERED]

    async def test_an_event_as_large_as_it_may_be_is_taken(self) -> None:
        attributes: dict[str, dict[str, str | int]] = {
            f"custom_{n:033}": {"value": "\u00e9" * 500, "updated_at_ms": 1} for n in range(50)
        }
        large = event(attributes=attributes, aliases=tuple(f"alias-{n:060}" for n in range(2_000)))
        async with self.vendor() as vendor:
            tried = await tell(self.at(vendor.url), large)

        assert kinds(tried) == [VerdictKind.DELIVERED]
        assert self.ids_kept(vendor) == {large.id}

    async def test_the_shortest_customer_id_is_taken(self) -> None:
        async with self.vendor() as vendor:
            tried = await tell(self.at(vendor.url), event(customer_id="7"))

        assert kinds(tried) == [VerdictKind.DELIVERED]

    async def test_a_copy_counts_once(self) -> None:
        async with self.vendor() as vendor:
            tried = await tell(self.at(vendor.url), event(), event())

        assert kinds(tried) == [VerdictKind.DELIVERED] * 2
        assert self.ids_kept(vendor) == {event().id}
        assert vendor.copies

    async def test_neither_a_credential_nor_an_address_is_in_what_is_logged(self) -> None:
        async with self.vendor() as vendor:
            destination = self.at(vendor.url)
            (tried,) = await tell(destination, event())

        shown = f"{destination!r} {tried!r}"
        assert destination.secrets, "the conformance suite wants one with its secrets set"
        assert not [secret for secret in destination.secrets if secret.reveal() in shown]

    def ids_kept(self, vendor: Vendor) -> set[str]:
        """The events that the vendor has."""
        raise NotImplementedError

    def test_a_blank_name_is_off(self) -> None:
        off = self.at("https://vendor.example", event_names={"renewal": " ", "trial_converted": ""})

        for conversion in (True, False):
            renewal = event(type=EventType.RENEWAL, is_trial_conversion=conversion)
            assert not off.tells(renewal)
            assert off.requests(renewal, SENDING) == ()
        assert off.tells(event())
        assert off.tells(event(period_type=PeriodType.TRIAL))

    def test_a_name_that_no_event_has_is_refused_with_its_field(self) -> None:
        named = r"destinations\[0\]\.event_names\.renewel: 'renewel' is not known: use trial_st"
        with pytest.raises(ConfigError, match=named):
            self.at("https://vendor.example", event_names={"renewel": "x"})
