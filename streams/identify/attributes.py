"""A customer's attributes: of every name the value that was set last, by its own time."""

Values = dict[str, dict[str, str | int]]
MOST_NAMES = 150
"""RevenueCat's 50 of one's own, its reserved ones, and some that were taken away."""


def newest(one: Values, other: Values) -> Values:
    """Of each name the later value, of two at once always the same; the oldest names go first."""
    joined = {
        name: max((values[name] for values in (one, other) if name in values), key=_place)
        for name in {*one, *other}
    }
    kept = sorted(joined, key=lambda name: (_place(joined[name]), name))[-MOST_NAMES:]
    return {name: joined[name] for name in sorted(kept)}


def present(values: Values) -> Values:
    """Those that were not taken away."""
    return {name: value for name, value in values.items() if value["value"] != ""}


def _place(value: dict[str, str | int]) -> tuple[int, str]:
    return int(value["updated_at_ms"]), str(value["value"])
