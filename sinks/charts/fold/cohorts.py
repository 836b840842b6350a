"""In which cohort each period is retained, and what each trial became."""

from collections.abc import Sequence

from msgspec import Struct

from sinks.charts.fold.facts import FOREVER
from sinks.charts.fold.payments import INTRO, ONE_TIME, TRIAL, Payment

_NOT_STANDARD = frozenset({INTRO, ONE_TIME})


class Cohort(Struct, frozen=True, gc=False):
    """`at`: its start, 0: the period does not count. `period`: which since then, the first being 0;
    -1: it does not count."""

    at: int
    period: int


_NONE = Cohort(0, -1)


def cohorts(payments: Sequence[Payment], gone: Sequence[int]) -> list[Cohort]:
    """Anew with each change of product."""
    found: list[Cohort] = []
    product: str | None = None
    began = number = 0
    for payment, back in zip(payments, gone, strict=True):
        if not _is_standard(payment, back):
            found.append(_NONE)
            continue
        same = payment.told.product_id == product
        product = payment.told.product_id
        began = began if same else payment.start
        last, number = number, _lengths(payment.start - began, payment.length)
        found.append(Cohort(began, -1 if same and number == last else number))
    return found


def converted(place: int, payments: Sequence[Payment], gone: Sequence[int]) -> int:
    """Of the trial at this index, the start of the payment after it, unless it went back wholly; 0: none."""
    if payments[place].kind != TRIAL:
        return 0
    for then in range(place + 1, len(payments)):
        payment = payments[then]
        if payment.kind == TRIAL:
            return 0
        if payment.paid and payment.kind != ONE_TIME:
            return payment.start if gone[then] == FOREVER else 0
    return 0


def _is_standard(payment: Payment, gone: int) -> bool:
    kept = payment.paid and gone == FOREVER
    return kept and payment.length > 0 and payment.kind not in _NOT_STANDARD


def _lengths(passed: int, length: int) -> int:
    """To the nearest, halves up."""
    return (2 * passed + length) // (2 * length)
