"""The client against real sockets: answers, misbehavior, what is not used or kept, timing."""

import asyncio
import socket
import threading
import time
from collections.abc import Sequence

import pytest

from sinks.delivery.client import RESPONSE_CAP, Client
from sinks.delivery.resolver import AddressInfo
from tests.receiver import Receiver, Reply, Way
from tests.sinks.delivery.sending import Names, send

LONG = 15.0  # seconds: many times what any wait here takes, however busy the machine is


async def test_an_answer_comes_back_with_status_headers_and_body(receiver: Receiver) -> None:
    receiver.default = Reply(status=418, body=b"short", headers={"Retry-After": "7"})

    async with Client() as client:
        answer = await send(client, receiver.url)

    assert answer.response is not None
    assert (answer.response.status, answer.response.body) == (418, b"short")
    assert answer.response.headers["retry-after"] == "7"
    assert not answer.response.truncated
    assert receiver.posts[0].body == b'{"event":{}}'


async def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    receiver.default = Reply(status=307, headers={"Location": receiver.url})

    async with Client() as client:
        answer = await send(client, receiver.url)

    assert answer.response is not None
    assert answer.response.status == 307
    assert len(receiver.posts) == 1


async def test_a_receiver_that_hangs_costs_the_timeout(receiver: Receiver) -> None:
    receiver.default = Reply(way=Way.HANG)
    began = time.monotonic()

    async with Client() as client:
        answer = await send(client, receiver.url, seconds=0.3)

    assert answer.reason == "timeout"
    assert 0.25 < time.monotonic() - began < LONG
    assert answer.timing.first_byte_ms is None


async def test_each_request_on_a_connection_has_a_time_of_its_own(receiver: Receiver) -> None:
    """Shorter than the one before, or over only after that one's would have been."""
    receiver.replies.extend([Reply(), Reply(after=0.5), Reply(after=0.7), Reply(way=Way.HANG)])
    async with Client() as client:
        answers = [await send(client, receiver.url, seconds=one) for one in (0.4, 2.0, 20.0)]
        began = time.monotonic()
        late = await send(client, receiver.url, seconds=0.3)

    assert [one.reason for one in answers] == ["", "", ""]
    assert [one.timing.reused for one in (*answers, late)] == [False, True, True, True]
    assert late.reason == "timeout"
    assert 0.25 < time.monotonic() - began < 5.0, "it had the time of the one before"


async def test_a_status_line_that_never_ends_costs_the_timeout(receiver: Receiver) -> None:
    receiver.default = Reply(way=Way.SILENT_TRICKLE)

    async with Client() as client:
        answer = await send(client, receiver.url, seconds=0.4)

    assert answer.reason == "timeout"


async def test_a_trickling_body_costs_the_timeout_and_the_status_stands(
    receiver: Receiver,
) -> None:
    receiver.default = Reply(way=Way.TRICKLE)
    began = time.monotonic()

    async with Client() as client:
        answer = await send(client, receiver.url, seconds=0.4)

    assert time.monotonic() - began < LONG
    assert answer.response is not None
    assert answer.response.status == 200
    assert answer.response.truncated


async def test_an_endless_body_is_cut_at_the_cap(receiver: Receiver) -> None:
    receiver.default = Reply(way=Way.ENDLESS, status=500)

    async with Client() as client:
        answer = await send(client, receiver.url, seconds=5)

    assert answer.response is not None
    assert len(answer.response.body) == RESPONSE_CAP
    assert answer.response.truncated
    assert answer.timing.total_ms < 2000


async def test_a_large_answer_within_the_cap_keeps_the_connection(receiver: Receiver) -> None:
    receiver.default = Reply(body=b"x" * RESPONSE_CAP)

    async with Client() as client:
        first = await send(client, receiver.url)
        second = await send(client, receiver.url)

    assert first.response is not None
    assert not first.response.truncated
    assert not first.timing.reused
    assert second.timing.reused


async def test_compressed_answers_are_not_inflated(receiver: Receiver) -> None:
    receiver.default = Reply(body=b"not gzip at all", headers={"Content-Encoding": "gzip"})

    async with Client() as client:
        answer = await send(client, receiver.url)

    assert answer.response is not None
    assert answer.response.body == b"not gzip at all"


async def test_a_connection_that_is_closed_without_an_answer_is_named(receiver: Receiver) -> None:
    receiver.default = Reply(way=Way.CLOSE)

    async with Client() as client:
        answer = await send(client, receiver.url)

    assert answer.reason == "disconnected"
    assert len(receiver.posts) == 1


async def test_an_idle_connection_that_the_receiver_closes_meanwhile_is_no_failure(
    receiver: Receiver,
) -> None:
    async with Client() as client:
        assert (await send(client, receiver.url)).response is not None
        receiver.replies.append(Reply(way=Way.CLOSE))

        answer = await send(client, receiver.url)

    assert answer.response is not None
    assert answer.response.status == 200


async def test_a_refused_connection_is_named(receiver: Receiver) -> None:
    await receiver.refuse()

    async with Client() as client:
        answer = await send(client, receiver.url)

    assert answer.reason == "connect"
    assert "ConnectionRefusedError" in answer.detail


async def test_an_unknown_name_is_named() -> None:
    def unknown(host: str, port: int) -> Sequence[AddressInfo]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with Client(look_up=unknown) as client:
        answer = await send(client, "https://nowhere.example/", private=False)

    assert answer.reason == "dns"


@pytest.mark.parametrize("host", [".example", "hooks..example", "x" * 64])
async def test_a_name_that_no_resolver_takes_is_an_answer_and_no_crash(host: str) -> None:
    async with Client() as client:
        answer = await send(client, f"https://{host}/")

    assert answer.reason == "dns"


async def test_a_host_that_can_be_no_server_s_name_is_an_answer_and_no_crash() -> None:
    async with Client(look_up=Names(["127.0.0.1"])) as client, Receiver() as receiver:
        answer = await send(client, f"https://.example:{receiver.port}/")

    assert answer.reason == "tls"


async def test_a_name_whose_servers_do_not_answer_holds_up_no_other(receiver: Receiver) -> None:
    answers = threading.Event()

    def slow(host: str, port: int) -> Sequence[AddressInfo]:
        if host == "slow.example":
            answers.wait(LONG)
        return Names(["127.0.0.1"])(host, port)

    async with Client(look_up=slow) as client:
        stuck = [
            asyncio.create_task(send(client, "http://slow.example/", seconds=0.5))
            for _ in range(200)
        ]
        await asyncio.sleep(0.05)
        answer = await send(client, receiver.url.replace("127.0.0.1", "fast.example"))
        reasons = {(await one).reason for one in stuck}
        answers.set()

    assert answer.response is not None
    assert reasons == {"timeout"}


async def test_the_environments_proxy_is_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")

    async with Client() as client:
        answer = await send(client, receiver.url)

    assert answer.response is not None


async def test_cookies_are_not_kept(receiver: Receiver) -> None:
    receiver.default = Reply(headers={"Set-Cookie": "a=b; Path=/"})

    async with Client(look_up=Names(["127.0.0.1"])) as client:
        url = f"http://cookies.example:{receiver.port}/"
        await send(client, url)
        await send(client, url)

    assert "cookie" not in receiver.posts[1].headers


async def test_the_time_is_split_and_a_reused_connection_has_no_dns_and_no_connect(
    receiver: Receiver,
) -> None:
    receiver.default = Reply(after=0.1)
    url = f"http://timed.example:{receiver.port}/"

    async with Client(look_up=Names(["127.0.0.1"])) as client:
        first = (await send(client, url)).timing
        second = (await send(client, url)).timing

    assert first.dns_ms is not None
    assert first.connect_ms is not None
    assert first.tls_ms is None
    assert first.first_byte_ms is not None
    assert 100 <= first.first_byte_ms <= first.total_ms < 1000 * LONG
    assert second.reused
    assert (second.dns_ms, second.connect_ms) == (None, None)


async def test_many_at_once_need_no_more_than_the_time_of_one(receiver: Receiver) -> None:
    receiver.default = Reply(after=0.2)
    began = time.monotonic()

    async with Client() as client:
        answers = await asyncio.gather(*(send(client, receiver.url) for _ in range(100)))

    assert {answer.response.status for answer in answers if answer.response} == {200}
    assert time.monotonic() - began < 10  # one after the other they need 20 s
