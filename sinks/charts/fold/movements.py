"""Why and by how much the start of each period moves MRR."""

from collections.abc import Sequence

from msgspec import Struct

from sinks.charts.fold.payments import Payment
from sinks.charts.fold.spans import DAY, Span


class Move(Struct, frozen=True, gc=False):
    """`by`: empty, it does not move. `continues`: the place of what it follows without a gap."""

    by: str
    usd: int
    continues: int


_NONE = Move("", 0, 0)


def counts(payment: Payment, span: Span) -> bool:
    """Paid, and for a second at least: what MRR and active subscriptions are made of."""
    return payment.paid and span.end // 1_000 > span.start // 1_000


def moves(
    payments: Sequence[Payment], spans: Sequence[Span], mrrs: Sequence[int], counted: Sequence[bool]
) -> list[Move]:
    found: list[Move] = []
    before = -1  # the last that counts
    for now, here in enumerate(counted):
        if not here:
            found.append(_NONE)
        elif before < 0:
            found.append(Move("new", mrrs[now], 0))
        elif spans[before].end // DAY < spans[now].start // DAY:
            found.append(Move("reactivation", mrrs[now], 0))
        else:
            why = _why(payments[before], payments[now], mrrs[now] - mrrs[before])
            found.append(Move(why, mrrs[now] - mrrs[before], before + 1))
        before = now if here else before
    return found


def _why(before: Payment, now: Payment, difference: int) -> str:
    if not difference:
        return ""
    if _known_and_same(before, now):
        return "fx"
    return "expansion" if difference > 0 else "contraction"


def _known_and_same(before: Payment, now: Payment) -> bool:
    """What it costs where it was bought."""
    return (
        now.told.price_micros is not None
        and now.told.price_micros == before.told.price_micros
        and now.kind == before.kind
        and now.told.product_id == before.told.product_id
        and now.told.currency == before.told.currency
    )
