"""What must not be shown of an answer: our credentials and the url, in the forms in which they come back.

Error pages echo what was asked: the path ("Cannot POST /in/TOKEN"), the Authorization header or its
second word, and they write it as JSON, HTML or a url.
"""

import base64
import html
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote, unquote

import orjson
from yarl import URL

from streams.settings.secret import Secret

MASK = "***"
_DESTINATIONS = 10_000  # whose words are kept
_PART = 16  # characters: a shorter part of a url is a word, not a key
_PATH = 8
_TOKEN = 8
# Escapes and controls that a terminal obeys, and what turns the direction of the text around it.
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SEPARATORS = re.compile(r"[/?&=#]")


@lru_cache(maxsize=_DESTINATIONS)
def words_to_mask(url: str, secrets: tuple[Secret, ...]) -> tuple[str, ...]:
    """The longest first, so that no part of one is left beside the mask of another."""
    shown = {part for secret in secrets for part in _of_secret(secret.reveal())}
    shown.update(_of_url(url))
    words = {form for word in shown for form in _forms(word)} - {""}
    return tuple(sorted(words, key=len, reverse=True))


def harmless(text: str) -> str:
    """As it may be printed: what a terminal would obey is replaced."""
    return _OBEYED.sub("\ufffd", text)


def _of_secret(secret: str) -> Iterator[str]:
    """Itself, as the user of Basic authentication, and without the scheme before it."""
    yield secret
    yield base64.b64encode(f"{secret}:".encode()).decode()
    _, space, token = secret.partition(" ")
    if space and len(token) >= _TOKEN:
        yield token


def _of_url(url: str) -> Iterator[str]:
    """Itself, its path with the query, and each part of these that is long enough to be a key."""
    if not url:
        return
    yield url
    asked = URL(url).raw_path_qs
    if len(asked) >= _PATH:
        yield asked
    yield from (part for part in _SEPARATORS.split(asked) if len(part) >= _PART)


def _forms(word: str) -> Iterator[str]:
    yield word
    yield html.escape(word)
    in_json = orjson.dumps(word).decode()[1:-1]
    yield in_json
    yield in_json.replace("/", "\\/")  # as PHP writes it
    yield quote(word, safe="")
    yield unquote(word)
