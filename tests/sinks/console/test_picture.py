"""The drawing may stand in a page with a strict policy: nothing inline, values as titles, gaps as gaps."""

from collections.abc import Sequence
from datetime import date, timedelta
from xml.etree.ElementTree import Element, fromstring

import pytest

from sinks.console.drawing import Shape, Unit
from sinks.console.picture import picture
from sinks.console.series import Drawn, Series

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</svg><script>alert(1)</script>"><img onerror=x>'


def days(count: int) -> tuple[date, ...]:
    return tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(count))


def shown(
    *values: Sequence[float | None], unfinished: int = 0, name: str = "mrr", unit: Unit = Unit.USD
) -> Drawn:
    count = len(values[0])
    return Drawn(
        periods=days(count),
        series=tuple(Series(name=f"{name} {n}", values=tuple(v)) for n, v in enumerate(values)),
        incomplete=tuple(n >= count - unfinished for n in range(count)),
        unit=unit,
    )


def drawing(one: Drawn, shape: Shape = Shape.LINE, text: str = "alt", **how: bool) -> Element:
    return fromstring(picture(one, shape, "day", text, **{"logarithmic": False, **how}))


def groups(root: Element, name: str) -> list[Element]:
    return [one for one in root.iter(f"{SVG}g") if name in one.get("class", "").split()]


def paths(group: Element) -> list[str]:
    lines = [one for one in group.iter(f"{SVG}path") if "line" in one.get("class", "").split()]
    return [line.get("d", "") for line in lines]


@pytest.mark.parametrize("shape", [Shape.LINE, Shape.BARS])
def test_nothing_that_the_policy_forbids_is_in_it(shape: Shape) -> None:
    root = drawing(shown([1.0, 2.0, None], [3.0, -1.0, 2.0], unfinished=1), shape)
    tags = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert tags <= {"svg", "g", "path", "text", "title", "circle", "rect"}
    names = {name for one in root.iter() for name in one.attrib}
    assert not [name for name in names if name in {"style", "id", "href"} or name.startswith("on")]


@pytest.mark.parametrize("shape", [Shape.LINE, Shape.BARS])
def test_it_has_a_text_alternative_and_hostile_names_break_out_of_nothing(shape: Shape) -> None:
    text = str(picture(shown([1.0, 2.0], name=HOSTILE), shape, "day", HOSTILE, logarithmic=False))
    root = fromstring(text)
    assert (root.get("role"), root.get("aria-label")) == ("img", HOSTILE)
    assert "<script" not in text
    assert "<img" not in text


def test_values_are_titles() -> None:
    root = drawing(shown([9.99, 1_234.5]))
    titles = [one.text for one in root.iter(f"{SVG}title")]
    assert titles == ["2026-01-01: 9.99 USD", "2026-01-02: 1,234.50 USD"]


def test_null_is_a_gap_in_the_line_and_no_point() -> None:
    whole = drawing(shown([1.0, 1.0, 1.0, 1.0, 1.0]))
    broken = drawing(shown([1.0, 1.0, None, 1.0, 1.0]))
    assert [len(paths(groups(root, "shade-0")[0])) for root in (whole, broken)] == [1, 2]
    assert len(list(broken.iter(f"{SVG}circle"))) == 4


def test_an_incomplete_period_is_a_stroke_of_its_own_joined_to_what_was_before() -> None:
    root = drawing(shown([1.0, 2.0, 3.0, 2.5], [4.0, 4.0, 4.0, 4.0], unfinished=1))
    solid, dashed, other, other_dashed = groups(root, "series")[:4]
    assert [g.get("class") for g in (solid, dashed, other, other_dashed)] == [
        "series shade-0",
        "series shade-0 open",
        "series shade-1",
        "series shade-1 open",
    ]
    (before,), (after,) = paths(solid), paths(dashed)
    assert before.split()[-2:] == after.removeprefix("M").split()[:2], "joined"


def test_an_incomplete_bar_is_drawn_once_in_a_class_of_its_own() -> None:
    root = drawing(shown([1.0, None, 3.0], [0.0, 1.0, 2.0], unfinished=1), Shape.BARS)
    bars = [one.get("class", "").split() for one in root.iter(f"{SVG}rect")]
    assert ["open" in classes for classes in bars] == [False, True, False, True]
    assert [one.text for one in root.iter(f"{SVG}title")] == [
        "2026-01-01: 1.00 USD",
        "2026-01-03: 3.00 USD",
        "2026-01-02: 1.00 USD",
        "2026-01-03: 2.00 USD",
    ]


def test_bars_below_zero_have_a_height_that_can_be_drawn() -> None:
    root = drawing(shown([1.0, -2.0], [2.0, -1.0]), Shape.BARS)
    heights = [float(one.get("height", "0")) for one in root.iter(f"{SVG}rect")]
    assert len(heights) == 4
    assert min(heights) > 0


def test_a_logarithmic_axis_shows_less_than_a_millisecond_too() -> None:
    root = drawing(shown([0.0, 1_000.0, 3_600_000.0], unit=Unit.MS), logarithmic=True)
    assert len(list(root.iter(f"{SVG}circle"))) == 3


def test_years_of_days_are_one_path_without_dots() -> None:
    root = drawing(shown([float(n) for n in range(3_000)]), Shape.BARS)
    assert list(root.iter(f"{SVG}circle")) == []
    assert list(root.iter(f"{SVG}rect")) == []
    assert len(groups(root, "series")) >= 1
