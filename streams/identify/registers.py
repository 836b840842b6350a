"""What a change sets in a customer's registers: a table of kinds, and which of two changes is newer.

By when the store said it. A renewal clears a failure and an end of its period when a message
announces it: one that only mentions it (a refund may be the first that is heard of a purchase) says
nothing of what came after it. In one moment a payment counts against its failure, but an answer of
the store's API tells all at once: what failed or ended in it did so after the payment.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from streams.contracts.change import Change, ChangeKind
from streams.contracts.ids import NotificationId
from streams.contracts.words import Signal
from streams.identify.state import Mark, Order, Register

Registers = dict[Register, Mark]


class _Set(NamedTuple):
    """`value` of a change; `tie`: against others of the same moment."""

    value: Callable[[Change], datetime | None]
    tie: int = 0


def _then(change: Change) -> datetime | None:
    return change.occurred_at


def _nothing(_: Change) -> datetime | None:
    return None


_PAID = dict.fromkeys(
    (Register.BILLING, Register.GRACE, Register.ENDED, Register.RESUMES), _Set(_nothing, 1)
)
_ANNOUNCES = {
    Signal.RESUBSCRIBED,
    Signal.RENEWED,
    Signal.RECOVERED,
    Signal.RESUMED,
    Signal.LOOKED_UP,
}
_SETS: dict[ChangeKind, dict[Register, _Set]] = {
    ChangeKind.RENEWED: _PAID,
    ChangeKind.RENEWAL_OFF: {Register.UNSUBSCRIBED: _Set(_then)},
    ChangeKind.RENEWAL_ON: {Register.UNSUBSCRIBED: _Set(_nothing)},
    ChangeKind.RESUMED: dict.fromkeys((Register.ENDED, Register.RESUMES), _Set(_nothing, 1)),
    ChangeKind.BILLING_FAILED: {
        Register.BILLING: _Set(_then),
        Register.GRACE: _Set(lambda change: change.grace_expires_at),
    },
    ChangeKind.ENDED: {Register.ENDED: _Set(_then)},
    ChangeKind.REFUNDED: {Register.REFUNDED: _Set(_then)},
    ChangeKind.REFUND_REVERSED: {
        Register.REFUNDED: _Set(_nothing, 1),
        Register.ENDED: _Set(_nothing, 1),
    },
    ChangeKind.PAUSE_SCHEDULED: {Register.RESUMES: _Set(lambda change: change.auto_resume_at)},
}
"""The kinds that are not here set nothing but the end of the term."""
_NO_END = {ChangeKind.REFUNDED, ChangeKind.REFUND_REVERSED, ChangeKind.TRANSFERRED}
"""They repeat the end of the term as it was sold, which an extension may have moved since."""


_AS_SOLD = Order(datetime.min.replace(tzinfo=UTC), 0, NotificationId(""))
"""Where nothing better is known yet: a purchase that is new to a customer has an end all the same."""


def registers_of(change: Change) -> Registers:
    """What the change alone says (value None: cleared)."""
    told = {
        name: mark(change, each.value(change), _tie(change, each))
        for name, each in _sets(change).items()
    }
    if change.expires_at is not None and change.kind not in _NO_END:
        told[Register.EXPIRES] = mark(change, change.expires_at)
    if change.expires_at is not None and change.kind is ChangeKind.TRANSFERRED:
        told[Register.EXPIRES] = Mark(_AS_SOLD, change.expires_at)
    return told


def _sets(change: Change) -> dict[Register, _Set]:
    announced = change.answered or change.signal in _ANNOUNCES
    mentioned = change.kind is ChangeKind.RENEWED and not announced
    return {} if mentioned else _SETS.get(change.kind, {})


def _tie(change: Change, told: _Set) -> int:
    answered = change.answered or change.signal is Signal.LOOKED_UP
    return -told.tie if answered else told.tie


def mark(change: Change, value: datetime | None = None, tie: int = 0) -> Mark:
    said_at = change.told_at or change.occurred_at
    return Mark(Order(said_at, tie, change.notification_id), value)


def merged(one: Registers, other: Registers) -> Registers:
    """Of every register the newer mark."""
    both = {name: newer(one.get(name), other.get(name)) for name in sorted({*one, *other})}
    return {name: mark for name, mark in both.items() if mark is not None}


def newer(one: Mark | None, other: Mark | None) -> Mark | None:
    """The newer one; of two that one message told, one of them corrected, the one with more access."""
    known = [each for each in (one, other) if each is not None]
    return max(
        known, key=lambda each: (each.order, each.value is not None, each.value), default=None
    )
