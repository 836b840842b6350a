"""What a drawing shows, in a sentence or two: for who does not see it, and for who is in a hurry. Pure."""

from sinks.console.calendar_periods import label
from sinks.console.figures import figure
from sinks.console.series import Drawn, Series

_TOLD = 4  # series that are told one by one


def summary(shown: Drawn, title: str, resolution: str) -> str:
    if shown.is_empty or not shown.periods:
        return f"{title}: nothing is known of this range."
    first, last = (label(day, resolution) for day in (shown.periods[0], shown.periods[-1]))
    told = [_told(one, shown, resolution, alone=len(shown.series) == 1) for one in shown.series]
    more = f" and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    unfinished = " The last is not complete." if shown.incomplete[-1] else ""
    return (
        f"{title} by {resolution}, {first} to {last}: {'; '.join(told[:_TOLD])}{more}.{unfinished}"
    )


def _told(series: Series, shown: Drawn, resolution: str, *, alone: bool) -> str:
    known = [
        (day, value)
        for day, value in zip(shown.periods, series.values, strict=True)
        if value is not None
    ]
    name = "" if alone else f"{series.name} "
    if not known:
        return f"{name}nothing is known"
    (_, start), (_, now) = known[0], known[-1]
    best_day, best = max(known, key=lambda one: one[1])
    text = f"{name}{figure(start, shown.unit)} at first, {figure(now, shown.unit)} at last"
    if best in (start, now):
        return text
    return f"{text}, at most {figure(best, shown.unit)} in {label(best_day, resolution)}"
