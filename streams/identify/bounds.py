"""A customer's state stays under 512 KiB: the least useful goes first, counted.

What may go: of purchases those that grant nothing today, then the oldest; of rates the oldest. A
rate that is gone is found again in the published ones, unless a nearer one was added since.
"""

from itertools import accumulate

from msgspec.structs import replace

from streams.contracts.project import Project
from streams.identify.seen import fewer
from streams.identify.state import CustomerState, Term
from streams.normalize.products import entitlements_of

MOST_BYTES = 384 * 1024
MOST_RATES = 300
_TERM = 1_300  # bytes of a term with every register set, less the names below


def bounded(state: CustomerState, project: Project) -> CustomerState:
    """The state with no more than fits."""
    state = replace(state, seen=fewer(state.seen, state.customer_id))
    if len(state.rates) > MOST_RATES:
        state = replace(state, rates=dict(list(state.rates.items())[-MOST_RATES:]))
    if sum(map(_size, state.terms)) <= MOST_BYTES:
        return state
    ranked = sorted(state.terms, key=lambda term: _use(term, project), reverse=True)
    sizes = accumulate(map(_size, ranked))
    kept = [term for term, size in zip(ranked, sizes, strict=True) if size <= MOST_BYTES]
    terms = tuple(term for term in state.terms if term in kept)
    dropped = state.dropped + len(state.terms) - len(terms)
    return replace(state, terms=terms, dropped=dropped)


def _use(term: Term, project: Project) -> tuple[bool, bool, str, str, str]:
    grants = entitlements_of(project, term.store, term.product_id) is not None
    began = term.purchased_at.isoformat()
    return (grants, not term.one_time, began, term.subscription_id, term.product_id)


def _size(term: Term) -> int:
    names = term.purchase_key, term.subscription_id, term.product_id, *term.periods
    return _TERM + sum(map(len, names))
