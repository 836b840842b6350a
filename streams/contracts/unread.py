"""Why a value can't be read, in the words of whoever sent it: where in it, and what is wanted there.

msgspec says it with the names of our fields' types; who reads an answer of the API or a dead letter
knows JSON's words only.
"""

import re

_AT = re.compile(r" - at (?:`key` in )?`\$(?P<path>[^`]*)`$")
_QUOTED = re.compile(r"`([^`]*)`")
_FIELD = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`$")
_KINDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
    "datetime": "a time of RFC 3339",
    "bytes": "bytes in base64",
    "null": "null",
}
_SAID = {
    "Input data was truncated": "not JSON: it ends too early",
    "JSON is malformed: ": "not JSON: ",
    "Invalid decimal string": "is no number",
    "Invalid RFC3339 encoded datetime": "is no time of RFC 3339",
    "Invalid base64 encoded string": "is no base64",
    "Invalid enum value": "is not known:",
    "Number out of range": "is too large a number",
    "Expected ": "expected ",
    "maximum recursion depth exceeded while deserializing an object": "is nested too deeply",
}
_FIELDS = {
    "missing required": "is missing, and needed",
    "contains unknown": "is not known: remove it, or correct its name",
}


def unread(error: Exception, at: str = "") -> str:
    """`price: expected a number, got a string`; without a place where it is about the whole.

    `at`: where the whole stands.
    """
    if isinstance(error, UnicodeDecodeError):
        return f"{at}: not UTF-8" if at else "not UTF-8"
    text, path = _placed(str(error))
    path = f"{at}.{path}".strip(".") if not path.startswith("[") else f"{at}{path}"
    field = _FIELD.match(text)
    if field is not None:
        path = f"{path}.{field['name']}".lstrip(".")
        text = _FIELDS[field["what"]]
    text = _QUOTED.sub(_kinds, text)
    for said, told in _SAID.items():
        text = text.replace(said, told)
    return f"{path}: {text}" if path else text


def _placed(text: str) -> tuple[str, str]:
    at = _AT.search(text)
    return (text, "") if at is None else (text[: at.start()], at["path"].lstrip("."))


def _kinds(quoted: re.Match[str]) -> str:
    """`str | null` is a string or null."""
    return " or ".join(_KINDS.get(kind, kind) for kind in quoted[1].split(" | "))
