"""Every page of the console, a line each: the browser walks them all, and the README's pictures are of them."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.console.known import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolePage:
    """`path`: where it is, made of what is known. `pictured`: the README shows it."""

    name: str
    path: Callable[[Known], str]
    pictured: bool = True


CONSOLE_PAGES = (
    ConsolePage(name="stores", path=lambda _: "/"),
    ConsolePage(name="refused", path=lambda _: "/nowhere", pictured=False),
)
