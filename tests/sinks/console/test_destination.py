"""One destination's page: its attempts, and what an operator does to it, audited first."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sinks.charts.engine import Engine
from sinks.charts.writer import Writer
from sinks.delivery.attempts import AttemptResult, Timing
from sinks.delivery.standing import Decided, Decision
from streams.contracts.codec import decode
from streams.contracts.errors import TransientError
from streams.contracts.topics import CONTROL
from streams.observe import clock
from tests.receiver import Receiver, Reply
from tests.sinks.charts.records import attempt
from tests.sinks.console.site import Site, site
from tests.sinks.delivery.deliveries import plan, webhook

HERE = "/destinations/backend"
HOSTILE = "<script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}" + "x" * 10_000


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as running:
        yield running


@pytest_asyncio.fixture
async def console(clickhouse: Engine, tmp_path: Path, receiver: Receiver) -> AsyncIterator[Site]:
    plans = (
        plan("backend", destination=webhook(receiver.url), allow_private=True),
        plan("forward/notes/stripe", type="forward"),
    )
    async with site(clickhouse, tmp_path, plans=plans) as served:
        yield served


def decided(console: Site) -> list[Decision | None]:
    return [
        decode(out.value, Decision) if out.value else None for out in console.written.on(CONTROL)
    ]


async def test_attempts_are_shown_with_their_timing_and_a_hostile_answer_escaped(
    console: Site, writer: Writer
) -> None:
    timing = Timing(total_ms=30.0, dns_ms=1.5, connect_ms=2.5, first_byte_ms=24.0)
    failed = attempt(
        started_at=clock.now(),
        result=AttemptResult.RETRY,
        status=500,
        reason="http_500",
        timing=timing,
        response_snippet=HOSTILE,
    )
    writer.write([failed])
    page = await console.get(HERE)

    assert 'aria-label="DNS 1.5 ms, connect 2.5 ms, first byte 20.0 ms, rest 6.0 ms"' in page
    assert "http_500" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


async def test_attempts_are_filtered_by_result(console: Site, writer: Writer) -> None:
    writer.write(
        [
            attempt(event_id="e-good", started_at=clock.now()),
            attempt(event_id="e-bad", started_at=clock.now(), result=AttemptResult.RETRY),
        ]
    )
    page = await console.get(HERE, result="retry")
    none = await console.get(HERE, event_id="e-other")

    assert "e-bad" in page
    assert "e-good" not in page
    assert "No attempt is like that." in none
    response = await console.client.get(HERE, params={"limit": "9999999"})
    assert (response.status, "limit is" in await response.text()) == (400, True)


async def test_a_pause_is_audited_decided_and_shown_at_once_and_a_resume_ends_it(
    console: Site,
) -> None:
    paused = await console.post(f"{HERE}/pause", page=HERE, reason="they move house")
    shown = await console.get(HERE)
    resumed = await console.post(f"{HERE}/resume", page=HERE)
    active = await console.get(HERE)
    reset = await console.post(f"{HERE}/reset", page=HERE)

    assert (paused.status, paused.headers["Location"]) == (303, HERE)
    assert "they move house" in shown
    assert "Paused: its events go to the dead letters" in shown, "the message"
    assert 'action="/destinations/backend/pause"' not in shown
    assert '<span class="badge good">active</span>' in active
    assert (resumed.status, reset.status) == (303, 303)
    made = decided(console)
    assert [one.state if one else None for one in made] == [Decided.PAUSED, Decided.ACTIVE, None]
    assert [(one.what, one.about, one.who) for one in console.written.audited] == [
        (f"destination.{what}", "backend", "local") for what in ("pause", "resume", "reset")
    ]
    assert console.written.audited[0].details == {"reason": "they move house"}


async def test_a_change_that_can_not_be_audited_is_not_made(console: Site) -> None:
    await console.get(HERE)
    token = await console.token(HERE)
    console.written.problem = TransientError("the broker is away")
    response = await console.client.post(
        f"{HERE}/pause", data={"csrf_token": token}, allow_redirects=False
    )

    assert response.status == 503
    assert console.parts.standing.decision("backend") is None


async def test_no_change_is_made_without_the_form_s_token(
    console: Site, receiver: Receiver
) -> None:
    for path in ("test", "pause", "resume", "reset", "count", "replay"):
        response = await console.client.post(f"{HERE}/{path}", data={"reason": "x"})
        assert response.status == 403, path

    assert console.written.outs == []
    assert receiver.posts == []


async def test_a_test_event_is_sent_and_its_answer_shown(console: Site, receiver: Receiver) -> None:
    receiver.replies.append(Reply(status=503, body=b"<b>try later</b>"))
    await console.post(f"{HERE}/test", page=HERE)
    page = await console.get(HERE)

    assert receiver.posts[0].event["type"] == "TEST"
    assert "retry (http_503)" in page
    assert "HTTP 503" in page
    assert "&lt;b&gt;try later&lt;/b&gt;" in page
    assert '<span class="badge bad">not delivered</span>' in page
    assert [one.what for one in console.written.audited] == ["destination.test"]


async def test_a_forward_has_no_test_event_of_ours(console: Site) -> None:
    path = "/destinations/forward%2Fnotes%2Fstripe"
    page = await console.get(path)
    refused = await console.post(f"{path}/test", page=path)

    assert "Send a test event" not in page
    assert refused.status == 400
    assert "let the store send its test" in await refused.text()


async def test_a_destination_that_is_not_in_the_file_names_those_that_are(console: Site) -> None:
    response = await console.client.get("/destinations/nobody")

    assert response.status == 404
    assert "it has backend, forward/notes/stripe" in await response.text()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("type", "RENEWED", "type is"),
        ("since", "yesterday", "since is"),
        ("event_id", "x" * 300, "event_id: at most 200"),
    ],
)
async def test_a_replay_that_is_asked_wrongly_names_the_field(
    console: Site, field: str, value: str, told: str
) -> None:
    response = await console.post(f"{HERE}/count", page=HERE, **{field: value})

    assert response.status == 400
    assert told in await response.text()


async def test_a_paused_destination_s_replay_is_refused_with_the_remedy(console: Site) -> None:
    decision = Decision(state=Decided.PAUSED, reason="", decided_at=clock.now())
    console.parts.standing.decide("backend", decision)
    response = await console.post(f"{HERE}/count", page=HERE, **{"from": "dead"})

    assert response.status == 400
    assert "first python -m sinks destinations resume backend" in await response.text()


async def test_what_was_not_counted_is_not_sent(console: Site) -> None:
    response = await console.post(f"{HERE}/replay", page=HERE, job="7")

    assert response.status == 400
    assert "count again" in await response.text()
