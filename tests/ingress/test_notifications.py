"""The notification route: what a store gets for what it sends, and what is in Kafka then."""

from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from ingress.config import Limits
from streams.contracts.raw import read_raw
from streams.contracts.stores import BY_NAME
from streams.contracts.words import Environment, Origin
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.ingress.doors import APPLE, STRIPE, STRIPE_NEXT, Door, Tail, open_notifications

STRIPE_CAP = next(store.body_cap for store in BY_NAME.values() if store.name == "stripe")
APPLE_CAP = next(store.body_cap for store in BY_NAME.values() if store.name == "app_store")


async def test_a_post_is_answered_when_its_bytes_are_in_kafka_untouched(
    door: Door, raw: Tail
) -> None:
    body = b'{"b":1,  "a": "\xff not even UTF-8"}\r\n'

    status, answer = await door.post(body)

    (record,) = await raw.read()
    assert (status, record.value, record.key) == (200, body, None)
    assert read_raw(record).receipt_id == answer["receipt_id"]


async def test_the_envelope_says_whose_it_is_and_when_it_came(door: Door, raw: Tail) -> None:
    await door.post(b"{}", f"/v1/notifications/app_store/{APPLE}")

    (record,) = await raw.read()
    found = read_raw(record)
    assert (found.app_id, found.store) == ("yoga", "app_store")
    assert found.environments == (Environment.PRODUCTION,)
    assert found.origin is Origin.NOTIFICATION
    assert found.token_hint == sha256(APPLE.encode()).hexdigest()[:6]
    assert abs(clock.now() - found.received_at) < timedelta(seconds=10)


async def test_both_tokens_of_a_rotation_are_good(door: Door) -> None:
    for token in (STRIPE, STRIPE_NEXT):
        status, _ = await door.post(b"{}", f"/v1/notifications/stripe/{token}")
        assert status == 200


async def test_a_query_beside_the_token_is_not_part_of_it(door: Door) -> None:
    status, _ = await door.post(b"{}", f"/v1/notifications/stripe/{STRIPE}?from=console")
    assert status == 200


async def test_receipt_ids_are_uuids_that_sort_by_time(door: Door) -> None:
    ids = [(await door.post(b"{}"))[1]["receipt_id"] for _ in range(3)]
    assert all(UUID(one).version == 7 for one in ids)
    assert [one[:13] for one in ids] == sorted(one[:13] for one in ids)


async def test_headers_are_kept_but_cookies_and_those_of_the_connection(
    door: Door, raw: Tail
) -> None:
    headers = {
        "Stripe-Signature": "t=1,v1=abc",
        "Authorization": "Bearer of-google",
        "Cookie": "session=1",
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "TE": "trailers",
    }
    await door.post(b"{}", **headers)

    (record,) = await raw.read()
    found = read_raw(record)
    assert found.request_header("stripe-signature") == "t=1,v1=abc"
    assert found.request_header("authorization") == "Bearer of-google"
    assert not {"cookie", "connection", "x-hop", "te"} & {name for name, _ in found.request_headers}


async def test_a_body_of_exactly_the_cap_is_accepted(door: Door, raw: Tail) -> None:
    status, _ = await door.post(b"x" * STRIPE_CAP)

    (record,) = await raw.read()
    assert (status, len(record.value)) == (200, STRIPE_CAP)


async def test_a_body_over_the_cap_is_413_and_not_kept(door: Door, raw: Tail) -> None:
    status, answer = await door.post(b"x" * (STRIPE_CAP + 1))
    assert (status, await raw.read()) == (413, [])
    assert str(STRIPE_CAP) in answer["error"]


async def test_each_store_has_its_own_cap(door: Door) -> None:
    path = f"/v1/notifications/app_store/{APPLE}"
    assert (await door.post(b"x" * APPLE_CAP, path))[0] == 200
    assert (await door.post(b"x" * (APPLE_CAP + 1), path))[0] == 413


async def _chunks(size: int) -> AsyncIterator[bytes]:
    for at in range(0, size, 10_000):
        yield b"x" * min(10_000, size - at)


async def test_a_chunked_body_is_read_up_to_the_cap(door: Door, raw: Tail) -> None:
    assert (await door.post(_chunks(STRIPE_CAP)))[0] == 200
    assert (await door.post(_chunks(STRIPE_CAP + 1)))[0] == 413

    (record,) = await raw.read()
    assert len(record.value) == STRIPE_CAP


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity"])
async def test_any_content_encoding_is_415(door: Door, raw: Tail, encoding: str) -> None:
    status, _ = await door.post(b"{}", **{"Content-Encoding": encoding})
    assert (status, await raw.read()) == (415, [])


async def test_an_unknown_token_is_404_whatever_else_is_wrong(door: Door, raw: Tail) -> None:
    path = "/v1/notifications/stripe/not-a-token"
    assert (await door.post(b"x" * (STRIPE_CAP + 1), path))[0] == 404
    assert (await door.post(b"{}", path, **{"Content-Encoding": "gzip"}))[0] == 404
    assert await raw.read() == []


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/notifications/app_store/{STRIPE}",  # another store's
        f"/v1/notifications/play_store/{STRIPE}",
        f"/v1/notifications/stripe/{STRIPE}/",
        f"/v1/notifications/stripe/{STRIPE[:-1]}",
        f"/v1/notifications/stripe/{STRIPE.upper()}",
        "/v1/notifications/stripe/",
        "/v1/notifications/stripe",
        "/v1/notifications/itunes/x",
        "/v1/notifications/%FF%00/x",
        f"/stripe/{STRIPE}",
        "/",
        "/healthz",
        "/metrics",
        "/v1/purchases",
    ],
)
async def test_nothing_else_is_on_the_public_port(door: Door, raw: Tail, path: str) -> None:
    status, _ = await door.post(b"{}", path)
    assert (status, await raw.read()) == (404, [])


async def test_a_get_tells_that_the_route_is_alive(door: Door, raw: Tail) -> None:
    url = door.at(f"/v1/notifications/stripe/{STRIPE}")
    async with door.session.get(url) as answer:
        assert answer.status == 200
        assert "alive, waiting for POST" in await answer.text()
    async with door.session.head(url) as answer:
        assert answer.status == 200
    async with door.session.get(door.at("/v1/notifications/stripe/other")) as answer:
        assert answer.status == 404
    assert await raw.read() == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_are_405(door: Door, raw: Tail, method: str) -> None:
    url = door.at(f"/v1/notifications/stripe/{STRIPE}")
    async with door.session.request(method, url, data=b"{}") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert await raw.read() == []


async def test_an_answer_does_not_say_what_runs_here(door: Door) -> None:
    async with door.session.get(door.at("/")) as answer:
        assert "aiohttp" not in str(answer.headers)


async def test_headers_of_more_than_16_kib_are_431_and_nothing_is_cut(
    door: Door, raw: Tail
) -> None:
    fits = {f"X-{number}": "y" * 8000 for number in range(2)}
    assert (await door.post(b"{}", **fits))[0] == 200
    assert (await door.post(b"{}", **fits, **{"X-More": "z" * 500}))[0] == 431
    assert len(await raw.read()) == 1


async def test_a_token_that_sends_too_fast_is_503_until_it_slows_down(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> None:
    limits = Limits(token_per_second=3)
    async with open_notifications(kafka, tmp_path, limits) as door:
        statuses = [(await door.post(b"{}"))[0] for _ in range(6)]
        other, _ = await door.post(b"{}", f"/v1/notifications/app_store/{APPLE}")
    assert statuses[:3] == [200, 200, 200]
    assert 503 in statuses[3:]
    assert other == 200


async def test_a_token_that_has_sent_its_day_is_503_and_told_when_to_come_again(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> None:
    limits = Limits(token_day_bytes=100)
    async with open_notifications(kafka, tmp_path, limits) as door:
        assert (await door.post(b"x" * 100))[0] == 200
        url = door.at(f"/v1/notifications/stripe/{STRIPE}")
        async with door.session.post(url, data=b"x") as answer:
            assert answer.status == 503
            assert 1 <= int(answer.headers["Retry-After"]) <= 3600


async def test_too_much_in_flight_is_503_at_once(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path, raw: Tail
) -> None:
    limits = Limits(in_flight_bytes=1000)
    async with open_notifications(kafka, tmp_path, limits) as door:
        assert (await door.post(b"x" * 1001))[0] == 503
        assert (await door.post(b"x" * 1000))[0] == 200
        assert (await door.post(_chunks(1000)))[0] == 200
    assert len(await raw.read()) == 2
