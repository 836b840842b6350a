"""Deliveries of one lane that wait for their turn: first come, first served, but of one customer one
at a time, so that a customer's events arrive in the order in which they happened."""

from collections import deque
from collections.abc import Callable

from sinks.delivery.delivery import Delivery
from streams.contracts.ids import CustomerId


class Waiting:
    """`_ready` may start; `_behind` waits for another delivery of the same customer to end."""

    def __init__(self) -> None:
        self._ready: deque[Delivery] = deque()
        self._behind: dict[CustomerId, deque[Delivery]] = {}
        self._busy: set[CustomerId] = set()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, delivery: Delivery) -> None:
        customer = delivery.event.customer_id
        self._length += 1
        if customer in self._busy:
            self._behind.setdefault(customer, deque()).append(delivery)
            return
        self._busy.add(customer)
        self._ready.append(delivery)

    def take(self) -> Delivery | None:
        """The next one; its customer is busy until `ended` says otherwise."""
        if not self._ready:
            return None
        self._length -= 1
        return self._ready.popleft()

    def ended(self, customer: CustomerId) -> None:
        """A delivery of the customer that was taken is over: the next one may start."""
        behind = self._behind.get(customer)
        if not behind:
            self._busy.discard(customer)
            return
        self._ready.append(behind.popleft())
        if not behind:
            del self._behind[customer]

    def remove_read_before(self, moment: float) -> tuple[Delivery, ...]:
        """Those that have waited too long, oldest first; the others keep their places."""
        return self._remove(lambda delivery: delivery.read_at < moment)

    def clear(self) -> tuple[Delivery, ...]:
        return self._remove(lambda _delivery: True)

    def _remove(self, unwanted: Callable[[Delivery], bool]) -> tuple[Delivery, ...]:
        removed = [delivery for delivery in self._ready if unwanted(delivery)]
        self._ready = deque(delivery for delivery in self._ready if not unwanted(delivery))
        freed = [delivery.event.customer_id for delivery in removed]
        for customer, behind in list(self._behind.items()):
            removed += [delivery for delivery in behind if unwanted(delivery)]
            kept = deque(delivery for delivery in behind if not unwanted(delivery))
            if kept:
                self._behind[customer] = kept
            else:
                del self._behind[customer]
        for customer in freed:
            self.ended(customer)
        self._length -= len(removed)
        return tuple(sorted(removed, key=lambda delivery: delivery.read_at))
