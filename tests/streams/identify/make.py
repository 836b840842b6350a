"""A customer's inbox for tests: every state goes through the codec, as it does through the changelog."""

from streams.contracts.change import Change
from streams.contracts.codec import encode
from streams.contracts.customer import Customer
from streams.contracts.event import Event
from streams.contracts.money import Rate
from streams.identify.customers import Place, apply
from streams.identify.state import CustomerState, read_state
from streams.normalize.money import RateTable
from tests.streams.normalize.make import PROJECT


class Inbox:
    """Applies changes one offset after the other; `customer` is the last one published."""

    def __init__(self, *rates: Rate) -> None:
        self.rates = RateTable()
        for rate in rates:
            self.rates.add(rate)
        self.state: CustomerState | None = None
        self.customer: Customer | None = None
        self.offset = 0

    def hear(self, change: Change) -> tuple[Event, ...]:
        place = Place(change.customer_id, (0, self.offset))
        identified = apply(self.state, change, place, PROJECT, self.rates)
        self.offset += 1
        self.state = read_state(encode(identified.state))
        self.customer = identified.customer or self.customer
        return identified.events
