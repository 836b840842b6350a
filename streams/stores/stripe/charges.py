"""What of a paid invoice was charged for what, so that the sum is what the bank saw.

The lines of one item and period belong together: proration lines (the unused rest of an old price,
the remaining time at a new one) go with the item's regular line, or stand as one charge where there
is none. A line's charge is its amount less its discounts plus the taxes on top.

Where a credit balance paid a part, or one item's credit paid for another, what was paid is shared
over the positive charges in proportion. So a credit is not negative revenue: it shows as less paid
later. What comes out as nothing but prorations and no money is no charge.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from streams.contracts.money import half_up
from streams.stores.stripe.bills import Invoice, Line, LineDetails, Tax

# The first invoice of a trial or a free price: told by the subscription (subscriptions.py).
_STARTING = frozenset({"subscription_create", "subscription_update"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """`amount`: paid, in minor units. `item` None: a one-off invoice item. `main`: the line
    that names it. `tax`: the part of `amount` that is tax; None where the invoice says nothing of
    taxes."""

    main: Line
    item: str | None
    amount: int
    tax: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    lines: tuple[Line, ...]
    main: Line
    item: str | None

    @property
    def total(self) -> int:
        return sum(_charge(line) for line in self.lines)

    @property
    def tax(self) -> int | None:
        told = [tax.amount for line in self.lines for tax in _taxes(line)]
        return sum(told) if told else None

    @property
    def regular(self) -> bool:
        """Whether a period began with it, and not only a price changed inside one."""
        return not is_proration(self.main)


def charges(invoice: Invoice) -> tuple[Charge, ...]:
    """In the order of the invoice's lines."""
    groups = _groups(invoice.lines.data)
    shares = _shares([group.total for group in groups], _paid(invoice))
    return tuple(
        Charge(
            main=group.main,
            item=group.item,
            amount=share,
            tax=_tax_of(group, share),
        )
        for group, share in zip(groups, shares, strict=True)
        if share or (group.regular and not _told_elsewhere(group, invoice))
    )


def _tax_of(group: _Group, share: int) -> int | None:
    """In proportion, where a part of the charge was paid."""
    if group.tax is None or not group.total:
        return None
    return half_up(group.tax * share, group.total)


def item_of(line: Line) -> str | None:
    details = _details(line)
    return line.subscription_item or (details.subscription_item if details else None)


def is_proration(line: Line) -> bool:
    details = _details(line)
    return bool(line.proration) or (details is not None and details.proration)


def discount(line: Line) -> int:
    return sum(each.amount for each in line.discount_amounts or ())


def _details(line: Line) -> LineDetails | None:
    if line.parent is None:
        return None
    return line.parent.subscription_item_details or line.parent.invoice_item_details


def _charge(line: Line) -> int:
    on_top = sum(tax.amount for tax in _taxes(line) if tax.on_top)
    return line.amount - discount(line) + on_top


def _taxes(line: Line) -> tuple[Tax, ...]:
    return (*(line.taxes or ()), *(line.tax_amounts or ()))


def _told_elsewhere(group: _Group, invoice: Invoice) -> bool:
    """A line of amount 0 before any discount, at the start of a subscription or of a trial."""
    nothing = all(line.amount == 0 for line in group.lines)
    return nothing and group.item is not None and invoice.billing_reason in _STARTING


def _groups(lines: Iterable[Line]) -> list[_Group]:
    """Regular lines by item and period; an item's prorations with the newest of them; every one-off
    line alone."""
    regular: dict[tuple[str, int], list[Line]] = {}
    prorations: dict[str, list[Line]] = {}
    single: list[Line] = []
    for line in lines:
        item = item_of(line)
        if item is None:
            single.append(line)
        elif is_proration(line):
            prorations.setdefault(item, []).append(line)
        else:
            regular.setdefault((item, line.period.start), []).append(line)
    for item, extra in prorations.items():
        newest = max((key for key in regular if key[0] == item), default=None)
        if newest is not None:
            regular[newest].extend(extra)
    alone = [item for item in prorations if not any(key[0] == item for key in regular)]
    return [
        *(_group(found, item) for (item, _), found in regular.items()),
        *(_group(prorations[item], item) for item in alone),
        *(_group([line], None) for line in single),
    ]


def _group(lines: list[Line], item: str | None) -> _Group:
    """Named by its first regular line, else by the proration that charges most: the new price's."""
    main = lines[0] if not is_proration(lines[0]) else max(lines, key=_charge)
    return _Group(lines=tuple(lines), main=main, item=item)


def _paid(invoice: Invoice) -> int:
    """What was paid; all that was due where it was paid outside of Stripe."""
    return invoice.amount_paid or invoice.amount_due


def _shares(totals: list[int], paid: int) -> list[int]:
    """`paid` over the positive totals, in proportion, to the last minor unit."""
    if paid == sum(totals) and all(total >= 0 for total in totals):
        return totals
    whole = sum(total for total in totals if total > 0)
    shares: list[int] = []
    seen = given = 0
    for total in totals:
        seen += max(total, 0)
        share = paid * seen // whole - given if whole else 0
        shares.append(share)
        given += share
    return shares
