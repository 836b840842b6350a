"""Products that are sold and that project.toml does not list: who buys one is granted nothing by it."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sinks.charts.answer import Plain
from sinks.charts.attention import Attention
from sinks.charts.reader import Reader
from streams.contracts.ids import StoreName
from streams.contracts.project import Project
from streams.observe import clock

# An event holds what its product granted when it was told; what is listed since is looked at after.
SOLD = """\
SELECT store, product_id, uniqExact(customer_id) AS customers
FROM events
WHERE received_at >= {since:DateTime64(3, 'UTC')} AND empty(entitlement_ids)
  AND type IN ('INITIAL_PURCHASE', 'RENEWAL', 'NON_RENEWING_PURCHASE')
GROUP BY store, product_id
ORDER BY customers DESC, store, product_id
LIMIT 100
"""
_LATELY = timedelta(days=7)
_AGAIN = 300.0  # seconds: it means the rows of a week
_NAMED = 5


class Unlisted:
    """Asks ClickHouse every few minutes, for whoever looks."""

    def __init__(self, reader: Reader, project: Project) -> None:
        self._reader = reader
        self._project = project
        self._known: tuple[Attention, ...] = ()
        self._until = float("-inf")

    async def attention(self) -> tuple[Attention, ...]:
        """QueryError or TransientError when ClickHouse does not answer."""
        if not self._project.products:  # entitlements are not used here
            return ()
        if clock.monotonic() > self._until:
            since = clock.now().replace(second=0, microsecond=0) - _LATELY
            answer = await self._reader.ask(SOLD, {"since": since})
            self._known = unlisted(answer.rows, self._project)
            self._until = clock.monotonic() + _AGAIN
        return self._known


def unlisted(sold: Iterable[Sequence[Plain]], project: Project) -> tuple[Attention, ...]:
    """`sold`: store, product, customers; most first. One sentence for all of them."""
    found = [
        f"{product} ({store})"
        for store, product, _ in sold
        if project.product(StoreName(str(store)), str(product)) is None
    ]
    if not found:
        return ()
    named = ", ".join(found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return (
        Attention(
            what=f"Sold in the last week and not in project.toml: {named}{more}."
            " Who bought one has no entitlement by it.",
            do="Add [[products]] with id, entitlements and duration for each, and restart identify:"
            " what is told from then on grants them.",
        ),
    )
