"""Markdown on a terminal: ids in tables whole, code as it is."""

from rich.console import Console
from rich.markdown import Markdown

from streams.commands.markdown_page import MarkdownPage

ID = "projects/my-project/subscriptions/notes-play"
PAGE = f"| what | set to |\n| --- | --- |\n| a subscription | `{ID}` |\n\n```sh\ncreate {ID} now\n```\n"


def shown(page: Markdown) -> str:
    console = Console(width=40, force_terminal=False)
    with console.capture() as captured:
        console.print(page, crop=False)
    return captured.get()


def test_an_id_that_is_wider_than_its_column_goes_on_in_the_next_line() -> None:
    assert "\N{HORIZONTAL ELLIPSIS}" in shown(Markdown(PAGE))  # what is to be repaired
    cells = [line.split()[-1] for line in shown(MarkdownPage(PAGE)).splitlines() if line.strip()]
    assert ID in "".join(cells)


def test_code_is_one_line_however_narrow_the_terminal() -> None:
    assert f"create {ID} now" in shown(MarkdownPage(PAGE)).splitlines()
