"""What deploy/up tells: one line a step, with a spinner and the time it took; plain where no terminal is."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.markup import escape

Tell = Callable[[str], None]


class Screen:
    """Lines for a person."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def line(self, text: str = "") -> None:
        with suppress(
            OSError
        ):  # the terminal may be gone; what has to be stopped is stopped anyhow
            self.console.print(text, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, name: str) -> Iterator[Tell]:
        """Call what it gives to say how far the step is; it ends with how long it took."""
        started = time.monotonic()
        last = ""
        with self.console.status(name) as status:

            def tell(text: str) -> None:
                nonlocal last
                last = text
                room = self.console.width - len(name) - 6
                status.update(f"{name}  [dim]{escape(text[:room])}[/dim]")

            yield tell
        took = time.monotonic() - started
        self.line(f"[green]✓[/green] {name:<7} {escape(last)}  [dim]{took:.1f} s[/dim]")
