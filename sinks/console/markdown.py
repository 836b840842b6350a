"""Markdown of ours as HTML: every value in it is text, code can be copied, tables scroll by themselves."""

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

# What stands beside `pre` says what is copied to who does not see it.
_CODE = Markup(
    '<div class="copied"><pre id="{id}" tabindex="0" aria-label="{label}"><code>{text}</code></pre>'
    '<button type="button" data-copy="{id}" aria-label="Copy {label}">Copy</button></div>\n'
)
_TABLE = '<div class="wide" role="region" aria-label="Table {}" tabindex="0"><table>\n'
_LABELS = {"sh": "the command", "toml": "the settings", "text": "the text"}


def html_of(markdown: str) -> Markup:
    """HTML in the text shows as text; links go nowhere but to http, https and mailto."""
    return Markup(_engine().render(markdown))  # noqa: S704 - the engine escapes all that is text


def _engine() -> MarkdownIt:
    engine = MarkdownIt("commonmark", {"html": False}).enable("table")
    engine.add_render_rule("fence", _fence)
    engine.add_render_rule("table_open", _table_open)
    engine.add_render_rule("table_close", _table_close)
    return engine


def _fence(
    _renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: object, _env: object
) -> str:
    token = tokens[at]
    label = _LABELS.get(token.info.strip(), "the code")
    return _CODE.format(id=f"code-{at}", label=f"{label} {_number(tokens, at)}", text=token.content)


def _number(tokens: Sequence[Token], at: int) -> int:
    """Which of the page's own kind it is, from 1: to the ear a label tells them apart."""
    return sum(token.type == tokens[at].type for token in tokens[: at + 1])


def _table_open(
    _renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: object, _env: object
) -> str:
    return _TABLE.format(_number(tokens, at))


def _table_close(*_: object) -> str:
    return "</table></div>\n"
