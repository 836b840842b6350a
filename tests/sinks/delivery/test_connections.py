"""Where a url leads to on the wire, and how long a connection is kept."""

import asyncio

import pytest

from sinks.delivery import connections
from sinks.delivery.client import Client
from sinks.delivery.connections import target_of
from sinks.delivery.exchange import NoAnswerError
from tests.receiver import Receiver
from tests.sinks.delivery.sending import send


@pytest.mark.parametrize(
    ("url", "line", "host"),
    [
        ("https://h.example/in?a=b%20c", "/in?a=b%20c", "h.example"),
        ("https://h.example:8443/", "/", "h.example:8443"),
        ("https://h.example", "/", "h.example"),
        ("https://h.example/#part", "/", "h.example"),
        ("https://b\u00fccher.example/\u00fc", "/%C3%BC", "xn--bcher-kva.example"),
        ("http://[2606:4700::1]:80/x", "/x", "[2606:4700::1]"),
        ("http://h.example/a\r\nX-Injected: 1", "/aX-Injected:%201", "h.example"),
        ("http://h.example/%0d%0aX-Injected:1", "/%0D%0AX-Injected:1", "h.example"),
    ],
)
def test_a_url_becomes_one_request_line_and_one_host(url: str, line: str, host: str) -> None:
    assert target_of("POST", url).start.decode() == f"POST {line} HTTP/1.1\r\nHost: {host}\r\n"


@pytest.mark.parametrize("url", ["", "/in", "ftp://h.example/", "https://", "https://h:99999/"])
def test_what_is_no_url_is_named_without_it(url: str) -> None:
    with pytest.raises(NoAnswerError) as refused:
        target_of("POST", url)

    assert refused.value.reason == "protocol"
    assert "h.example" not in str(refused.value)


def test_a_target_shows_nothing_of_its_path_which_may_be_a_secret() -> None:
    assert "s3cret" not in repr(target_of("POST", "https://h.example/s3cret"))


async def test_a_connection_that_was_idle_for_too_long_is_closed_and_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_KEEP_ALIVE", 0.2)
    monkeypatch.setattr(connections, "_SWEEP", 0.1)
    async with Client() as client:
        first = await send(client, receiver.url)
        again = await send(client, receiver.url)
        await asyncio.sleep(0.5)
        kept = [one for waiting in client._private._idle.values() for one in waiting]
        later = await send(client, receiver.url)

    assert [one.timing.reused for one in (first, again, later)] == [False, True, False]
    assert kept == []
