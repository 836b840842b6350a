"""Every customer's inbox and the records between them, delivered in any order that a test chooses."""

from collections.abc import Callable

from streams.contracts.change import Change, ChangeKind
from streams.contracts.codec import decode, encode
from streams.contracts.customer import Attributes, Customer, CustomerAlias
from streams.contracts.event import Event
from streams.contracts.ids import CustomerId
from streams.identify.customers import Place, apply
from streams.identify.records import CustomerRecord
from streams.identify.state import CustomerState, read_state
from streams.normalize.money import RateTable
from tests.streams.normalize.make import EURO, PROJECT, change, day, term

Choose = Callable[[int], int]
"""Which of so many waiting records comes next."""


class Network:
    """`shown` is topic `customers` as a reader of all of it knows it: the last record of each key."""

    def __init__(self) -> None:
        self.rates = RateTable()
        self.rates.add(EURO)
        self.waiting: list[tuple[CustomerId, CustomerRecord]] = []
        self.states: dict[CustomerId, CustomerState | None] = {}
        self.shown: dict[CustomerId, Customer] = {}
        self.events: list[Event] = []
        self.offset = 0

    def put(self, *records: CustomerRecord) -> None:
        self.waiting += [(record.customer_id, record) for record in records]

    def deliver(self, choose: Choose = lambda _: 0) -> None:
        """Until nothing waits any more."""
        while self.waiting:
            key, record = self.waiting.pop(choose(len(self.waiting)))
            self._hear(key, decode(encode(record), type(record)))

    def find(self, customer_id: CustomerId) -> Customer | None:
        """As the backends' API finds a customer by any id."""
        of = {alias: each for each in self.shown.values() for alias in each.aliases}
        return self.shown.get(customer_id) or of.get(customer_id)

    def _hear(self, key: CustomerId, record: CustomerRecord) -> None:
        self.offset += 1
        place = Place(key, (0, self.offset))
        done = apply(self.states.get(key), record, place, PROJECT, self.rates)
        self.states[key] = read_state(encode(done.state))
        if done.customer is not None:
            self.shown[key] = done.customer
        if done.absorbed is not None:
            self.shown.pop(done.absorbed, None)
        self.events += done.events
        self.waiting += done.onward


def alias(one: CustomerId, other: CustomerId, at: float = 0) -> CustomerAlias:
    return CustomerAlias(customer_id=one, alias=other, received_at=day(at))


def attributes(whose: CustomerId, at: float = 0, **values: tuple[str, int]) -> Attributes:
    """`name=(value, updated_at_ms)`."""
    told: dict[str, dict[str, str | int]] = {
        name: {"value": value, "updated_at_ms": ms} for name, (value, ms) in values.items()
    }
    return Attributes(customer_id=whose, values=told, received_at=day(at))


def bought(owner: CustomerId, purchase: str = "1000", sequence: int = 1) -> Change:
    return change(
        ChangeKind.STARTED,
        term(1),
        fact=f"txn/{purchase}",
        purchase=purchase,
        customer_id=owner,
        sequence=sequence,
    )


def renewal_off(owner: CustomerId, purchase: str = "1000", sequence: int = 2) -> Change:
    return change(
        ChangeKind.RENEWAL_OFF,
        term(1),
        fact=f"{purchase}/off/1",
        purchase=purchase,
        customer_id=owner,
        sequence=sequence,
        at=day(sequence),
    )


def transfer(
    origin: CustomerId, to: CustomerId, purchase: str = "1000", sequence: int = 3
) -> tuple[Change, Change]:
    """As track tells it to both sides."""
    sides = [
        change(
            ChangeKind.TRANSFERRED,
            term(1),
            fact=f"transfer/{purchase}/{sequence}",
            purchase=purchase,
            customer_id=side,
            sequence=sequence,
            at=day(sequence),
            transferred_from=origin,
            transferred_to=to,
        )
        for side in (origin, to)
    ]
    return sides[0], sides[1]
