"""The timing of a TLS connection, with a certificate made for the test."""

import asyncio
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sinks.delivery.client import Answer, Client
from sinks.delivery.connections import tls_context
from sinks.delivery.resolver import AddressInfo
from sinks.delivery.timing import Stopwatch
from sinks.destinations.base import Request
from tests.receiver import Receiver
from tests.sinks.delivery.sending import Names, send


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Self-signed, for tls.example; key and certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tls.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("tls.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path / "tls.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path


async def sent(certificate: Path, *, trusted: bool, host: str = "tls.example") -> Answer:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    context = tls_context()
    if trusted:
        context.load_verify_locations(certificate)
    names = Names(["127.0.0.1"])
    async with Receiver(tls=serving) as receiver, Client(look_up=names, tls=context) as client:
        request = Request(url=f"https://{host}:{receiver.port}/", headers={}, body=b"{}")
        until = asyncio.get_running_loop().time() + 5
        return await client.send(request, until=until, private=True)


@pytest.mark.parametrize(
    "loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
def test_the_handshake_is_told_apart_from_the_connect(certificate: Path, loop: object) -> None:
    assert callable(loop)
    with asyncio.Runner(loop_factory=loop) as runner:
        answer = runner.run(sent(certificate, trusted=True))

    timing = answer.timing
    assert answer.response is not None
    assert timing.connect_ms is not None
    assert timing.tls_ms is not None
    assert timing.tls_ms > 0
    assert timing.connect_ms + timing.tls_ms <= timing.total_ms


async def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    answer = await sent(certificate, trusted=False)

    assert answer.reason == "tls"


async def test_a_certificate_for_another_name_is_refused_and_the_detail_says_so(
    certificate: Path,
) -> None:
    answer = await sent(certificate, trusted=True, host="other.example")

    assert answer.reason == "tls"
    assert "Hostname mismatch" in answer.detail


async def test_a_name_with_the_root_s_dot_is_the_same_name(certificate: Path) -> None:
    answer = await sent(certificate, trusted=True, host="tls.example.")

    assert answer.response is not None, answer.detail


@pytest.mark.parametrize(
    ("stopwatch", "told"),
    [
        (Stopwatch(started=0.0, dns_started=0.0, dns_ended=9.0), "the name was not looked up"),
        (Stopwatch(started=0.0, connect_started=0.0), "not connected"),
        (Stopwatch(started=0.0, connect_started=0.0, connect_ended=1.0), "no TLS"),
        (
            Stopwatch(started=0.0, connect_started=0.0, connect_ended=1.0, tls_ended=2.0),
            "no answer",
        ),
        (Stopwatch(started=0.0), "no answer"),
    ],
)
def test_a_timeout_says_what_was_waited_for(stopwatch: Stopwatch, told: str) -> None:
    assert stopwatch.missing(tls=True) == f"{told} in time"


async def test_a_name_server_that_is_silent_is_told_from_a_receiver_that_is() -> None:
    def silent(_host: str, _port: int) -> Sequence[AddressInfo]:
        time.sleep(0.4)
        raise OSError

    async with Client(look_up=silent) as client:
        answer = await send(client, "https://tls.example/", seconds=0.1)

    assert (answer.reason, answer.detail) == ("timeout", "the name was not looked up in time")


@pytest.mark.parametrize(
    "loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
@pytest.mark.parametrize(
    ("says", "reason"), [(b"", "timeout"), (b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls")]
)
def test_who_speaks_no_tls_is_named_and_the_connection_is_closed(
    says: bytes, reason: str, loop: object
) -> None:
    async def speaking() -> tuple[Answer, bytes]:
        heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(says)
            heard.set_result(await reader.read())  # until the other side ends it
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server, Client(look_up=Names(["127.0.0.1"])) as client:
            port = server.sockets[0].getsockname()[1]
            request = Request(url=f"https://tls.example:{port}/", headers={}, body=b"{}")
            until = asyncio.get_running_loop().time() + 0.5
            answer = await client.send(request, until=until, private=True)
            return answer, await asyncio.wait_for(heard, 2)

    assert callable(loop)
    with asyncio.Runner(loop_factory=loop) as runner:
        answer, heard = runner.run(speaking())

    assert answer.reason == reason
    assert heard.startswith(b"\x16\x03"), "a TLS handshake, and nothing of the event"
    assert b"{}" not in heard[-2:]
