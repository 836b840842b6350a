"""What a check found: good, doubtful or wrong, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`text`: what is so, for a person to read. `remedy`: what to do next; "": nothing."""

    level: Level
    text: str
    remedy: str = ""


def good(text: str, remedy: str = "") -> Finding:
    return Finding(level=Level.OK, text=text, remedy=remedy)


def doubtful(text: str, remedy: str) -> Finding:
    return Finding(level=Level.WARNING, text=text, remedy=remedy)


def wrong(text: str, remedy: str) -> Finding:
    return Finding(level=Level.FAILED, text=text, remedy=remedy)
