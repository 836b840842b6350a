"""From when to when each period counts."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from sinks.charts.fold.facts import FOREVER, Fact, by_place
from sinks.charts.fold.payments import ONE_TIME, Payment
from streams.contracts.event import EventType

DAY = 86_400_000
_BILLING_ISSUE = EventType.BILLING_ISSUE.value
_NEVER_RENEWS = frozenset({ONE_TIME, "prepaid"})


class Span(Struct, frozen=True, gc=False):
    """`expires`: as last told, without grace. `patient_until`: 0 where somebody said what follows."""

    start: int
    end: int
    expires: int
    patient_until: int
    renews: bool


class Course(Struct, frozen=True, gc=False):
    """What the facts about a period say of it. `runs_out`: its expiry, or the end of its grace if
    later. `over`: when the store ended it, 0: it did not."""

    expires: int
    runs_out: int
    over: int
    renews: bool


def spans(
    payments: Sequence[Payment],
    gone: Sequence[int],
    facts: Sequence[Fact],
    restored: Mapping[str, int],
) -> list[Span]:
    """`gone`: when all of a period's price had gone back, FOREVER: it did not."""
    nexts = [FOREVER if one.kind == ONE_TIME else one.start for one in payments[1:]]
    nexts.append(FOREVER)
    courses = _courses(payments, by_place(facts), restored)
    return [_span(*of) for of in zip(payments, nexts, gone, courses, strict=True)]


def _courses(
    payments: Sequence[Payment], about: Mapping[int, Sequence[Fact]], restored: Mapping[str, int]
) -> list[Course]:
    return [
        _course(payment, about[place], restored.get(payment.told.transaction_id, 0))
        if place in about
        else Course(payment.expires, payment.expires, 0, payment.kind not in _NEVER_RENEWS)
        for place, payment in enumerate(payments, 1)
    ]


def _course(payment: Payment, facts: Sequence[Fact], restored: int) -> Course:
    """Access that a refund's undoing gave back goes on. Auto-renew is on where nothing switched it."""
    renews = payment.kind not in _NEVER_RENEWS
    told = [fact.until for fact in facts if fact.type != _BILLING_ISSUE]
    switched = [fact.renews for fact in facts if fact.renews is not None]
    return Course(
        max(payment.expires, *told) if told else payment.expires,
        max(payment.expires, *(fact.until for fact in facts)),
        max((fact.over for fact in facts if fact.over > restored), default=0),
        renews and (not switched or switched[-1]),
    )


def _span(payment: Payment, following: int, gone: int, course: Course) -> Span:
    start, runs_out, over = payment.start, course.runs_out, course.over
    waits = course.renews and gone == FOREVER and not over and runs_out < FOREVER
    patient_until = runs_out + DAY if waits else 0
    end = min(following, gone, runs_out, over or FOREVER)
    if payment.kind == ONE_TIME or end <= start:
        end = start
    elif end < following and (following <= patient_until or end // DAY == following // DAY):
        end = following
    known = patient_until if following == FOREVER else 0
    return Span(start, end, course.expires, known, course.renews)
