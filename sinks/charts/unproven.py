"""Stores of which nothing that comes is proven any more: a secret that changed, and nobody told us."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sinks.charts.answer import Plain
from sinks.charts.attention import Attention
from streams.contracts import stores
from streams.contracts.ids import StoreName

# A copy of a row after a crash is the same outcome.
JUDGED = """\
SELECT
  app_id,
  store,
  uniqExactIf((source, source_offset, source_place), received_at > genuine_at) AS rejected,
  argMax(reason, received_at) AS why
FROM outcomes
LEFT JOIN (
  SELECT app_id, store, max(received_at) AS genuine_at
  FROM outcomes
  WHERE received_at >= {since:DateTime64(3, 'UTC')} AND origin = 'notification'
    AND kind IN ('matched', 'duplicate', 'stale', 'parked', 'test', 'no_purchase', 'needs_credentials')
  GROUP BY app_id, store
) AS genuine USING (app_id, store)
WHERE received_at >= {since:DateTime64(3, 'UTC')} AND origin = 'notification' AND kind = 'rejected'
GROUP BY app_id, store
ORDER BY app_id, store
"""
_LATELY = timedelta(days=1)
_ENOUGH = 5  # one or two may be somebody's try
_SIGNATURE = "signature"


def judged_asked(now: datetime) -> dict[str, object]:
    """The parameters of JUDGED. To the minute, so that an answer serves others too."""
    return {"since": (now - _LATELY).replace(second=0, microsecond=0)}


def unproven(judged: Iterable[Sequence[Plain]]) -> tuple[Attention, ...]:
    """`judged`: the rows of JUDGED. A sentence for each store of an app that needs a look."""
    return tuple(
        _told(str(app), StoreName(str(store)), str(rejected), str(why))
        for app, store, rejected, why in judged
        if int(str(rejected)) >= _ENOUGH and store in stores.BY_NAME
    )


def _told(app: str, store: StoreName, rejected: str, why: str) -> Attention:
    title, advice = stores.BY_NAME[store].title, stores.BY_NAME[store].advice.unproven
    look = f"python -m streams setup {app} {store} --check looks at the connection."
    return Attention(
        what=f"{title} of {app}: the last {rejected} notifications were rejected ({why}), none was genuine.",
        do=f"{advice[0].upper()}{advice[1:]}. {look}" if why == _SIGNATURE else look,
    )
