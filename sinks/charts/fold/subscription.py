"""A subscription's row of table `subscriptions`, from its events: the whole of the fold."""

from collections.abc import Iterable, Sequence

from sinks.charts.columns import Row
from sinks.charts.fold.cohorts import Cohort, cohorts, converted
from sinks.charts.fold.facts import FOREVER, Fact, facts_about
from sinks.charts.fold.months import Factors, mrr
from sinks.charts.fold.movements import Move, counts, moves
from sinks.charts.fold.payments import ONE_TIME, Payment, payments
from sinks.charts.fold.refunds import Repaid, repaid, restored, standing, whole
from sinks.charts.fold.spans import Span, spans
from sinks.charts.fold.told import Telling, newest
from streams.contracts.event import EventType

_BILLING_ISSUE, _CANCELLATION = EventType.BILLING_ISSUE.value, EventType.CANCELLATION.value
_UINT64 = 2**64
_INT64 = 2**63
_LAST_SECOND = FOREVER // 1_000


def fold(tellings: Iterable[Telling], factors: Factors) -> list[Row]:
    """The rows of all subscriptions among these events, told in any order and as often as may be."""
    folded = (fold_one(life, factors) for life in newest(tellings))
    return [row for row in folded if row is not None]


def fold_one(life: Sequence[Telling], factors: Factors) -> Row | None:
    """`life`: all of one subscription, once each, in the order of their times. None: no payment is known."""
    events = [one.told for one in life]
    paid_for = payments(events)
    if not paid_for:
        return None
    refunds = standing(events)
    wholes = [whole(one, refunds.get(one.told.transaction_id, ())) for one in paid_for]
    gone = [FOREVER if one is None else one.at for one in wholes]
    facts = facts_about(events, paid_for)
    lasting = spans(paid_for, gone, facts, restored(events))
    mrrs = [_int64(mrr(one, factors)) for one in paid_for]
    counted = [counts(one, span) for one, span in zip(paid_for, lasting, strict=True)]
    back = repaid(paid_for, refunds, wholes)
    return {
        **_whose(life),
        **_marks(paid_for, lasting, gone),
        **_told_of(paid_for),
        **_lasting(lasting),
        **_money(paid_for, mrrs, back, gone),
        **_moved(moves(paid_for, lasting, mrrs, counted), counted),
        **_cohorts(cohorts(paid_for, gone)),
        "periods.converted_at": [
            _seconds(converted(place, paid_for, gone)) for place in range(len(paid_for))
        ],
        **_refunds(back),
        **_issues(facts, paid_for),
        **_cancels(facts),
    }


def _whose(life: Sequence[Telling]) -> Row:
    """`version` grows with every event and with every later telling of one."""
    last = max(life, key=lambda one: (one.told.sequence, one.told.event_id))
    return {
        "app_id": last.app_id,
        "environment": last.environment,
        "sub_key": last.sub_key,
        "version": sum(one.version for one in life) % _UINT64,
        "store": last.told.store,
        "subscription_id": last.told.subscription_id,
        "customer_id": last.customer_id,
        "first_seen_at": _seconds(min(one.told.customer_seen for one in life)),
    }


def _marks(paid_for: Sequence[Payment], lasting: Sequence[Span], gone: Sequence[int]) -> Row:
    """What a chart looks at to skip a subscription."""
    paid = [one.start for one in paid_for if one.paid]
    kept = [
        one.start for one, back in zip(paid_for, gone, strict=True) if one.paid and back == FOREVER
    ]
    return {
        "first_paid_at": _seconds(min(paid, default=FOREVER)),
        "first_kept_at": _seconds(min(kept, default=FOREVER)),
        "last_paid_at": _seconds(max(paid, default=0)),
        "last_end": _seconds(max(span.end for span in lasting)),
    }


def _told_of(paid_for: Sequence[Payment]) -> Row:
    told_of = [one.told for one in paid_for]
    return {
        "periods.transaction_id": [told.transaction_id for told in told_of],
        "periods.kind": [one.kind for one in paid_for],
        "periods.paid": [one.paid for one in paid_for],
        "periods.product_id": [told.product_id for told in told_of],
        "periods.product_duration": [told.product_duration for told in told_of],
        "periods.country_code": [told.country_code for told in told_of],
        "periods.offer_type": [told.offer_type for told in told_of],
        "periods.tax_bp": [told.tax_bp for told in told_of],
        "periods.commission_bp": [told.commission_bp for told in told_of],
    }


def _lasting(lasting: Sequence[Span]) -> Row:
    return {
        "periods.started_at": [_seconds(span.start) for span in lasting],
        "periods.ended_at": [_seconds(span.end) for span in lasting],
        "periods.expires_at": [_seconds(span.expires) for span in lasting],
        "periods.patient_until": [_seconds(span.patient_until) for span in lasting],
        "periods.renews": [span.renews for span in lasting],
    }


def _money(
    paid_for: Sequence[Payment], mrrs: Sequence[int], back: Sequence[Repaid], gone: Sequence[int]
) -> Row:
    refunded = [0] * len(paid_for)
    for one in back:
        refunded[one.place - 1] += one.usd
    return {
        "periods.mrr_usd_micros": mrrs,
        "periods.unpriced": [one.paid and one.told.price_usd_micros is None for one in paid_for],
        "periods.usd_micros": [one.usd if one.paid else 0 for one in paid_for],
        "periods.refunded_usd_micros": [_int64(usd) for usd in refunded],
        "periods.refunded_at": [0 if at == FOREVER else _seconds(at) for at in gone],
    }


def _moved(moved: Sequence[Move], counted: Sequence[bool]) -> Row:
    followed = {move.continues for move in moved}
    return {
        "periods.moved_by": [move.by for move in moved],
        "periods.moved_usd_micros": [move.usd for move in moved],
        "periods.continues": [move.continues for move in moved],
        "periods.churned": [
            here and place not in followed for place, here in enumerate(counted, 1)
        ],
    }


def _cohorts(found: Sequence[Cohort]) -> Row:
    return {
        "periods.cohort_at": [_seconds(cohort.at) for cohort in found],
        "periods.cohort_period": [cohort.period for cohort in found],
    }


def _refunds(back: Sequence[Repaid]) -> Row:
    return {
        "refunds.at": [_seconds(one.at) for one in back],
        "refunds.usd_micros": [_int64(one.usd) for one in back],
        "refunds.whole": [one.whole for one in back],
        "refunds.place": [one.place for one in back],
    }


def _issues(facts: Sequence[Fact], paid_for: Sequence[Payment]) -> Row:
    """Recovered is when the next payment was told."""
    failed = [fact for fact in facts if fact.type == _BILLING_ISSUE]
    paid = [one.told.at for one in paid_for if one.paid and one.kind != ONE_TIME] if failed else []
    return {
        "issues.at": [_seconds(fact.at) for fact in failed],
        "issues.recovered_at": [
            _seconds(min((at for at in paid if at > fact.at), default=0)) for fact in failed
        ],
        "issues.place": [fact.place for fact in failed],
    }


def _cancels(facts: Sequence[Fact]) -> Row:
    cancels = [fact for fact in facts if fact.type == _CANCELLATION]
    return {
        "cancels.at": [_seconds(fact.at) for fact in cancels],
        "cancels.reason": [fact.reason for fact in cancels],
        "cancels.place": [fact.place for fact in cancels],
    }


def _seconds(at: int) -> int:
    """Of what a DateTime holds."""
    return at // 1_000 if at < FOREVER else _LAST_SECOND


def _int64(micros: int) -> int:
    """Of what a column holds: absurd prices must not stop a batch."""
    return micros if -_INT64 <= micros < _INT64 else min(max(micros, -_INT64), _INT64 - 1)
