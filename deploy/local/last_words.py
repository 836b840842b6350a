"""Why a child ended, for a person: how it went, what it said last, and what to do. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from streams.contracts.codec import read_json
from streams.contracts.errors import MalformedError

_MOST = 3  # lines
_LONGEST = 300  # characters
_GRAVE = frozenset({"error", "critical"})
_SAYS_WHY = ("why", "reason", "exception")
KILLED = "terminated by SIGKILL"  # it could not say anything about that
_ADVICE: Mapping[str, str] = {
    "exit status 0": "It was told to end. It goes on where it was.",
    "exit status 2": "Mend that; it is started again until it stays, deploy/up goes on meanwhile.",
    "exit status 75": "It goes on by itself as soon as what it waits for is back.",
    KILLED: "By somebody, or because memory ran out. It goes on where it was.",
}
_ELSE = "It goes on where it was. If it ends again: deploy/runbook.md, A role ends again and again."


def how_it_ended(name: str, supervisor_log: str) -> str:
    """In supervisor's words, as in `exit status 2`; "" when its log does not tell."""
    told = re.findall(rf"(?:exited|stopped): {re.escape(name)} \(([^;)]*)", supervisor_log)
    return told[-1] if told else ""


def last_words(log: str) -> list[str]:
    """Of what it wrote while it ran, the last lines that may say why: a few, oldest first."""
    said = [line for line in map(_grave, log.splitlines()) if line]
    return [line[:_LONGEST] for line in dict.fromkeys(said[-_MOST:])]


def advice(how: str) -> str:
    return _ADVICE.get(how, _ELSE)


def _grave(line: str) -> str:
    """As a person reads it; "" when it tells nothing bad. What is not JSON was not logged: it was said."""
    try:
        fields: Any = read_json(line.encode())
    except MalformedError:
        return line.strip()
    if not isinstance(fields, dict):
        return line.strip()
    return _told(fields) if fields.get("level") in _GRAVE else ""


def _told(fields: Mapping[str, Any]) -> str:
    """The event, and the last line of each field that gives a reason."""
    reasons: Iterable[str] = (str(fields[name]) for name in _SAYS_WHY if fields.get(name))
    ends = [lines[-1].strip() for reason in reasons if (lines := reason.strip().splitlines())]
    return ": ".join([str(fields.get("event", "")), *ends])
