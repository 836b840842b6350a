"""What a store keeps of a price: the shares that it publishes, with the dates and programs they hold in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

ONE_YEAR = 365  # days of paid service, after which both mobile stores take less


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """`share_bp`: hundredths of a percent of the price before tax. It holds for what is bought from
    `since` on, of `one_time` purchases or of subscriptions only (None: both), after a year of paid
    service, inside of the app's own `program`."""

    share_bp: int
    since: date = date.min
    one_time: bool | None = None
    after_year: bool = False
    program: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """An app is in a store's program from `starts` on and not any more on `ends` (UTC days)."""

    name: str
    starts: date
    ends: date = date.max

    def covers(self, day: date) -> bool:
        return self.starts <= day < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a fee depends on. `paid_days`: of the subscription before this term."""

    at: datetime
    one_time: bool
    paid_days: int = 0


def share_of(fees: Sequence[Fee], sale: Sale, programs: Sequence[Program]) -> int | None:
    """The last fee of the list that holds; None where the store publishes none."""
    day = sale.at.date()
    inside = {program.name for program in programs if program.covers(day)}
    holding = [fee.share_bp for fee in fees if _holds(fee, sale, day, inside)]
    return holding[-1] if holding else None


def _holds(fee: Fee, sale: Sale, day: date, inside: set[str]) -> bool:
    return (
        fee.since <= day
        and fee.one_time in {None, sale.one_time}
        and (not fee.after_year or (sale.paid_days >= ONE_YEAR and not sale.one_time))
        and (fee.program is None or fee.program in inside)
    )
