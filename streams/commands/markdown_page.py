"""A page of Markdown on a terminal, of which nothing is cut off and all code can be copied."""

from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown, TableElement
from rich.table import Table
from rich.text import Text

_CODE = "cyan"


class _Code(CodeBlock):
    """Lines as they are, however long: what is wrapped by us can't be copied into a shell."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(str(self.text).rstrip(), style=_CODE, no_wrap=True, overflow="ignore")


class _Table(TableElement):
    """A word that is longer than its column goes on in the next line; rich would cut it off."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for shown in super().__rich_console__(console, options):
            if isinstance(shown, Table):
                for column in shown.columns:
                    column.overflow = "fold"
            yield shown


class MarkdownPage(Markdown):
    elements: ClassVar = {
        **Markdown.elements,
        "fence": _Code,
        "code_block": _Code,
        "table_open": _Table,
    }
