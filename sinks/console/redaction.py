"""What the console never shows: tokens, secrets, credentials, and what says who somebody is. Pure.

Names decide first, then what values look like, for a store may put anything anywhere. The ids that
an operator needs to find a purchase or a customer stay.
"""

import re
from collections.abc import Mapping

from sinks.charts.notification_row import WITHHELD

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

_SECRET = re.compile(
    r"token|secret|passw|authorization|signature|credential|cookie|assertion|private|api[-_]?key|[-_]key$|"
    r"hosted_\w+_url|invoice_pdf|receipt_url",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"e-?mail|phone|(?:first|last|full|given|family|customer)_?name|address|shipping|birth|tax_id|"
    r"last4|fingerprint|iban|(?:customer|billing)_details|owner",
    re.IGNORECASE,
)
# The operator's own name of a customer, which leads from Apple's message to them; and the member in
# which Apple tells of a purchase made elsewhere. Neither is a credential.
_KEPT = frozenset({"appaccounttoken", "externalpurchasetoken"})
_EMAIL = re.compile(r"[^\s@<>\"'(),;:]+@([^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:]+)")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_KEY = re.compile(r"\b(?:whsec|[srp]k_live|[srp]k_test|ek_live|ek_test)_[A-Za-z0-9+/=_-]+")
_BEARER = re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{6,}", re.IGNORECASE)
_ROUTE = re.compile(r"(/v1/notifications/[^/\s\"]+/)[^/\s?#\"]+")
_DEEPEST = 32
_SAYS_NOTHING: tuple[Json, ...] = (None, "", True, False, [], {})
HIDDEN = "(hidden)"


def redacted(value: Json, name: str = "", depth: int = 0) -> Json:
    """The value without what must not be shown; `name`: the member whose value it is."""
    if depth > _DEEPEST:
        return "(too deep to show)"
    if _is_hidden(name) and value not in _SAYS_NOTHING:
        return _hidden(value)
    if isinstance(value, dict):
        return {_shown(key): redacted(part, key, depth + 1) for key, part in value.items()}
    if isinstance(value, list):
        return [redacted(part, name, depth + 1) for part in value]
    return redacted_text(value) if isinstance(value, str) else value


def redacted_text(text: str) -> str:
    """What looks like a credential or an address of a person, in any text, is taken out."""
    text = _ROUTE.sub(rf"\1{HIDDEN}", text)
    text = _JWT.sub(lambda found: f"(a signed token of {len(found[0])} characters)", text)
    text = _KEY.sub(HIDDEN, text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    return _EMAIL.sub(rf"{HIDDEN}@\1", text)


def redacted_headers(
    headers: Mapping[str, str] | tuple[tuple[str, str], ...],
) -> list[tuple[str, str]]:
    """Names and values as shown, in their order."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [
        (name, _hidden(value) if _is_hidden(name) and value != WITHHELD else redacted_text(value))
        for name, value in pairs
    ]


def _is_hidden(name: str) -> bool:
    if name.lower() in _KEPT:
        return False
    return bool(_SECRET.search(name) or _PERSONAL.search(name))


def _hidden(value: Json) -> str:
    return f"(hidden, {len(value)} characters)" if isinstance(value, str) else HIDDEN


def _shown(name: str) -> str:
    return redacted_text(name)
