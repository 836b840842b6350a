"""Draws a chart as SVG that a strict Content-Security-Policy lets stand in a page.

pygal draws; what it puts into the SVG beside the drawing (styles, scripts, its tooltips) is taken
out, and console.css colors it by class. Values become titles, which a mouse finds without a script.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

import pygal
from markupsafe import Markup
from pygal.graph.graph import Graph
from pygal.style import Style

from sinks.console.calendar_periods import label
from sinks.console.drawing import Shape
from sinks.console.figures import figure, short
from sinks.console.series import Drawn

# pygal looks for its maps with a finder that Python 3.12 does not know any more, and 3.11 warns of at
# every import of anybody: nothing here is a map.
sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != "PluginImportFixer"]

_SIZE = (960, 300)
_MOST_BARS = 400  # periods: more are finer than a pixel
_MOST_DOTS = 500  # of all series
_FINE = 45  # periods, from which on dots are small
_LABELS = 8  # on the axis of time, about
_TEXT = 12  # pixels
_UNWANTED = frozenset({"text-overlay", "tooltip-overlay", "titles", "background"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """One series as pygal has it: of `series`, its `points`; `is_open`: of periods that go on."""

    series: int
    points: tuple[float | None, ...]
    is_open: bool = False


def picture(shown: Drawn, shape: Shape, resolution: str, text: str, *, logarithmic: bool) -> Markup:
    """`text`: what it shows, for who does not see it."""
    is_line = shape is Shape.LINE or len(shown.periods) > _MOST_BARS
    strokes = list(_lines(shown, logarithmic=logarithmic) if is_line else _bars(shown))
    graph = _graph(shown, resolution, is_line=is_line, logarithmic=logarithmic)
    for stroke in strokes:
        graph.add(shown.series[stroke.series].name, stroke.points)
    root: Element = graph.render_tree()
    _mark_open_bars(root, shown.incomplete)
    return Markup(tostring(_cleaned(root, strokes, text), encoding="unicode"))  # noqa: S704 - made by the XML library


def _lines(shown: Drawn, *, logarithmic: bool) -> Iterator[Stroke]:
    """Each series in two: what is complete, and what is not, joined to what was before."""
    is_open = shown.incomplete
    for number, series in enumerate(shown.series):
        values = [_drawable(value, logarithmic=logarithmic) for value in series.values]
        pairs = list(zip(values, is_open, strict=True))
        yield Stroke(series=number, points=tuple(None if late else v for v, late in pairs))
        if any(is_open):
            follows = (*is_open[1:], False)
            kept = tuple(
                v if late or after else None
                for (v, late), after in zip(pairs, follows, strict=True)
            )
            yield Stroke(series=number, points=kept, is_open=True)


def _bars(shown: Drawn) -> Iterator[Stroke]:
    """Each bar has a class of its own, so one series is enough."""
    for number, series in enumerate(shown.series):
        yield Stroke(series=number, points=series.values)


def _graph(shown: Drawn, resolution: str, *, is_line: bool, logarithmic: bool) -> Graph:
    kind = pygal.Line if is_line else pygal.StackedBar
    width, height = _SIZE
    points = len(shown.periods) * len(shown.series)
    graph = kind(
        js=[],
        css=[],
        style=Style(label_font_size=_TEXT, major_label_font_size=_TEXT),
        disable_xml_declaration=True,
        no_prefix=True,
        width=width,
        height=height,
        margin=8,
        spacing=6,
        show_legend=False,
        show_dots=points <= _MOST_DOTS,
        dots_size=2 if len(shown.periods) > _FINE else 3,
        allow_interruptions=True,
        include_x_axis=not logarithmic,
        logarithmic=logarithmic,
        x_labels=[label(day, resolution) for day in shown.periods],
        x_labels_major_every=max(1, -(-len(shown.periods) // _LABELS)),
        show_minor_x_labels=False,
        truncate_label=-1,
        max_scale=6,
        formatter=lambda value: figure(value, shown.unit),
    )
    graph.value_formatter = lambda value: short(value, shown.unit)
    return graph


def _drawable(value: float | None, *, logarithmic: bool) -> float | None:
    """On a logarithmic axis nothing is below 1: less than a millisecond is drawn as one."""
    return max(value, 1.0) if logarithmic and value is not None else value


def _mark_open_bars(root: Element, incomplete: Sequence[bool]) -> None:
    """pygal draws one bar a period, in their order, whatever its height."""
    for group in root.iter("g"):
        if group.get("class") != "bars":
            continue
        for bar, is_open in zip(group, incomplete, strict=True):
            for rect in bar.iter("rect") if is_open else ():
                rect.set("class", "rect open")


def _cleaned(root: Element, strokes: Sequence[Stroke], text: str) -> Element:
    for parent in list(root.iter()):
        for child in list(parent):
            if _is_unwanted(child):
                parent.remove(child)
        for name in ("style", "id"):
            parent.attrib.pop(name, None)
        _title_value(parent)
    for number, stroke in enumerate(strokes):
        _color(root, number, stroke)
    root.attrib.update({"class": "drawing", "role": "img", "aria-label": text})
    return root


def _is_unwanted(child: Element) -> bool:
    if callable(child.tag) or child.tag in {"defs", "title", "script", "style"}:
        return True  # a comment's tag is the function that makes one
    classes = child.get("class", "").split()
    return not _UNWANTED.isdisjoint(classes) or ("bar" in classes and _is_flat(child))


def _is_flat(bar: Element) -> bool:
    """Of a bar that is not there pygal draws one without a height, and says that it is 0."""
    return all(not float(rect.get("height", "0")) for rect in bar.iter("rect"))


def _title_value(parent: Element) -> None:
    """What pygal says of a value for its own script, as a title."""
    told = {one.get("class", ""): one for one in parent.findall("desc")}
    if not told:
        return
    for one in told.values():
        parent.remove(one)
    value, when = (told[name].text or "" if name in told else "" for name in ("value", "x_label"))
    title = SubElement(parent, "title")
    title.text = f"{when}: {value}" if when else value


def _color(root: Element, number: int, stroke: Stroke) -> None:
    for group in root.iter("g"):
        classes = group.get("class", "").split()
        if f"serie-{number}" in classes:
            group.set("class", f"series shade-{stroke.series}{' open' if stroke.is_open else ''}")
