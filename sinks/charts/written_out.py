"""A chart's statement with the views that it asks for with parameters written out in it: ClickHouse analyzes
such a view twice, and what it is made of in it twice again, which was a fifth of the time of a chart. And
without what it needs for another value of a parameter only: what is not read is analyzed all the same.
"""

import re
from collections.abc import Mapping

_CALL = re.compile(r"\bFROM (\w+)\(\s*([^()]*?)\s*\)")
# A text, a number, a list of texts, or a parameter of the chart's own; what else is given stays a question to the view.
_GIVEN = re.compile(r"(\w+) = ('[^']*'|\d+|\[[^\]]*\]|\{\w+:\w+\})")
_ONLY = re.compile(
    r"^ *-- Only with (\w+) = '(\w+)':\n(.*?)^ *-- With any:\n", re.MULTILINE | re.DOTALL
)
_PARAMETER = r"\{%s:[\w()]+\}"


def body(view: str, text: str) -> str:
    """The SELECT of the view, from the file that makes it."""
    return text.partition(f"CREATE OR REPLACE VIEW {view} AS\n")[2].strip().removesuffix(";")


def written_out(statement: str, views: Mapping[str, str]) -> str:
    """`views`: name to the text of its file."""

    def write(call: re.Match[str]) -> str:
        view, given = call[1], dict(_GIVEN.findall(call[2]))
        if view not in views or len(given) != call[2].count(" = "):
            return call[0]
        text = body(view, views[view])
        for name, value in given.items():
            text = re.sub(_PARAMETER % name, lambda _, value=value: value, text)  # type: ignore[misc]
        return f"FROM (\n{written_out(text, views)}\n)"

    return _CALL.sub(write, statement)


def only_with(statement: str, parameters: Mapping[str, object]) -> str:
    """Without what stands below `-- Only with <parameter> = '<value>':`, up to `-- With any:`, of other values."""

    def keep(part: re.Match[str]) -> str:
        return part[3] if parameters[part[1]] == part[2] else ""

    return _ONLY.sub(keep, statement)
