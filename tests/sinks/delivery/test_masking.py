"""What receivers write back of what they were sent, in the ways in which they write it."""

import base64
import html
import json
from urllib.parse import quote

import pytest

from sinks.delivery.attempts import snippet
from sinks.delivery.masking import harmless
from streams.settings.secret import Secret

KEY = 'k/3+y="<s3cret>&'
AUTHORIZATION = "Bearer s3cret/and/more"
URL = "https://hooks.example.com/services/T0001/s3cret-of-a-webhook?key=another-s3cret-word"


@pytest.mark.parametrize(
    "echo",
    [
        KEY,
        json.dumps({"api_key": KEY}),
        json.dumps(KEY).replace("/", "\\/"),
        html.escape(KEY),
        quote(KEY, safe=""),
        "Basic " + base64.b64encode(f"{KEY}:".encode()).decode(),
        f"Authorization: {AUTHORIZATION}",
        "token s3cret/and/more is not known",
        f"POST {URL} failed",
        "Cannot POST /services/T0001/s3cret-of-a-webhook?key=another-s3cret-word",
        json.dumps({"path": "/services/T0001/s3cret-of-a-webhook"}).replace("/", "\\/"),
        "no such key: another-s3cret-word",
        "no such webhook: s3cret-of-a-webhook",
    ],
)
def test_what_was_sent_as_a_credential_is_not_shown_in_any_form(echo: str) -> None:
    shown = snippet(echo.encode(), [Secret(KEY), Secret(AUTHORIZATION)], URL)

    assert "s3cret" not in shown
    assert base64.b64encode(KEY.encode()).decode()[:12] not in shown
    assert "***" in shown


def test_of_two_secrets_of_which_one_begins_as_the_other_nothing_is_left() -> None:
    assert snippet(b"a key-and-more", [Secret("key"), Secret("key-and-more")]) == "a ***"


def test_the_words_of_an_ordinary_answer_stay() -> None:
    said = "Not Found: no route in services"

    assert snippet(said.encode(), [Secret(AUTHORIZATION)], "https://h.example/in") == said


@pytest.mark.parametrize(
    "said",
    [
        "\x1b[2Jgone",
        "\x1b]0;title\x07",
        "\x9b31mred",
        "over\rwritten",
        "back\x08",
        "\u202eturned",
        "\0",
    ],
)
def test_what_a_terminal_would_obey_is_not_printed(said: str) -> None:
    shown = harmless(said)

    assert shown.replace("\ufffd", "").isprintable()
    assert len(shown) == len(said)


def test_lines_and_tabs_stay_and_so_does_every_script() -> None:
    text = "one\n\ttwo \u00fc \u65e5\u672c \U0001f600"

    assert harmless(text) == text
