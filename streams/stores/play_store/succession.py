"""Tokens that take another's place: what the newer one's answer says of the older one's period.

It is told with every answer of the newer token, so that who missed the moment learns of it later, for
the 60 days for which Google keeps the older token and what was replaced.
"""

from collections.abc import Iterator
from datetime import datetime

from streams.contracts.snapshot import Standing, Transaction
from streams.contracts.words import Access
from streams.stores.play_store.answers import LineItem, Seen
from streams.stores.play_store.orders import base_of, is_renewal
from streams.stores.play_store.terms import (
    DEFERRED,
    is_changed,
    items,
    period_of,
    product_of,
    resumes,
)

Terms = tuple[Transaction, ...]


def running_period(line: LineItem, item: str, before: Seen | None) -> str | None:
    """Until a deferred change takes effect the older token's paid period goes on."""
    if before is None or line.deferred_item_replacement is None or line.latest_successful_order_id:
        return None
    older = dict(items(before)).get(item)
    return period_of(before, older) if older is not None else None


def of_older(before: Seen, by: Seen, terms: Terms) -> Iterator[Standing]:
    """Of the last period of `before`; `terms`: all that are known.

    It ended when the newer token began, but a planned change left it as it was. Signing up again
    before the lapse switched its renewal on; a prepaid top-up ends the order before it (RevenueCat's
    way); an add-on that the newer token has not is at its end.
    """
    newer_lines = dict(items(by))
    for item, line in items(before):
        period, newer = period_of(before, line), newer_lines.get(item)
        if period is None or (newer is not None and newer.deferred_item_replacement is not None):
            continue
        if newer is None:
            yield from _left_out(period, item, by, terms)
        elif _was_planned(newer):
            yield _planned(period, item, line, newer, terms)
        else:
            yield _cut(period, item, line, newer, by)


def of_first(seen: Seen, terms: Terms) -> Iterator[Standing]:
    """A change at once is a fact of the token's first period, whatever period runs now."""
    for item, line in items(seen):
        newest = line.latest_successful_order_id or ""
        if is_renewal(newest) and is_changed(seen, line):
            first = base_of(newest)
            yield Standing(
                period=first,
                item=item,
                product_id=product_of(line),
                product_changed=True,
                expires_at=_end_of(first, item, terms),
            )


def _was_planned(newer: LineItem) -> bool:
    replaced = newer.item_replacement
    return replaced is not None and replaced.replacement_mode == DEFERRED


def _planned(period: str, item: str, line: LineItem, newer: LineItem, terms: Terms) -> Standing:
    return Standing(
        period=period,
        item=item,
        product_id=product_of(line),
        next_product_id=product_of(newer),
        expires_at=_end_of(period, item, terms),
    )


def _cut(period: str, item: str, line: LineItem, newer: LineItem, by: Seen) -> Standing:
    topped_up = newer.prepaid_plan is not None and line.prepaid_plan is not None
    return Standing(
        period=period,
        item=item,
        expires_at=by.answer.start_time,
        auto_renew=True if resumes(by, newer) else None,
        access=Access.EXPIRED if topped_up else None,
        ended_at=by.answer.start_time if topped_up else None,
    )


def _left_out(period: str, item: str, by: Seen, terms: Terms) -> Iterator[Standing]:
    """An add-on that the newer token does not go on with; it stays until a planned change takes effect."""
    lines = by.answer.line_items
    if any(line.deferred_item_replacement is not None for line in lines):
        return
    planned = any(_was_planned(line) for line in lines)
    ended_at = _end_of(period, item, terms) if planned else by.answer.start_time
    yield Standing(
        period=period,
        item=item,
        expires_at=ended_at,
        auto_renew=False,
        access=Access.EXPIRED,
        ended_at=ended_at,
    )


def _end_of(period: str, item: str, terms: Terms) -> datetime | None:
    return next((t.expires_at for t in terms if (t.period, t.item) == (period, item)), None)
