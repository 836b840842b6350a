"""One notification's page: its way, its content, what it led to, and the two things that one can do."""

from datetime import timedelta

from yarl import URL

from sinks.charts.writer import Writer
from sinks.delivery.attempts import AttemptResult, Timing
from streams.contracts.codec import decode
from streams.contracts.event import EventType
from streams.contracts.outcome import OutcomeKind
from streams.contracts.purchase import PostedPurchase
from streams.contracts.raw import read_raw
from streams.contracts.step import Out, Record
from streams.contracts.topics import POSTED, RAW
from streams.contracts.words import Environment, Origin
from tests.sinks.charts.records import attempt, dead
from tests.sinks.console.kept import KEY, ago, became, came, happened, told
from tests.sinks.console.site import Site


def as_read(out: Out) -> Record:
    return Record(
        topic=out.topic,
        partition=0,
        offset=0,
        key=out.key,
        value=out.value or b"",
        headers=out.headers,
    )


async def test_a_matched_one_shows_every_stage_its_events_and_their_deliveries(
    console: Site, writer: Writer
) -> None:
    renewal = happened("r", EventType.RENEWAL, 5, receipt_id="r-1")
    tries = [
        attempt(
            event_id=renewal.id,
            attempt=number,
            result=result,
            started_at=ago(5) + timedelta(seconds=number),
            reason=reason,
            timing=Timing(total_ms=12.5, dns_ms=1.25, first_byte_ms=11.0),
        )
        for number, result, reason in (
            (1, AttemptResult.RETRY, "timeout"),
            (2, AttemptResult.DELIVERED, ""),
        )
    ]
    writer.write(
        [
            came("r-1"),
            became("r-1", OutcomeKind.MATCHED, customer_id="ann", events=1, tracked=True),
            told("r", EventType.RENEWAL, 5, receipt_id="r-1"),
            *tries,
        ]
    )
    page = await console.get("/notifications/r-1")
    stages = [part.split("<")[0] for part in page.split('<span class="stage">')[1:]]
    assert stages == [
        *("At the store", "Received", "Outcome: matched", "Told as events"),
        *("Delivered to backend", "Visible in charts"),
    ]
    assert "no time<" not in page
    assert "Renewed pro:monthly for 7.99 EUR" in page
    assert page.count("12.50") == 2
    assert "timeout" in page
    assert "Replay" not in page
    assert "app_user_id" not in page


async def test_a_stage_without_a_time_says_why(console: Site, writer: Writer) -> None:
    writer.write([came("r-1")])
    page = await console.get("/notifications/r-1")
    assert page.count("no time") == 3
    assert "only a message that was verified and decoded" in page
    assert "None yet" in page
    assert "It made no event" in page


async def test_a_parked_one_is_tracked_by_its_form_without_shipping_the_app(
    console: Site, writer: Writer
) -> None:
    writer.write([came("r-1"), became("r-1", OutcomeKind.PARKED)])
    answer = await console.post(
        "/notifications/r-1/track", page="/notifications/r-1", app_user_id=" u-42 "
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/notifications/r-1")
    (out,) = console.written.on(POSTED)
    posted = decode(out.value or b"", PostedPurchase)
    assert (posted.app_id, posted.store, posted.customer_id) == ("tide", "app_store", "u-42")
    assert (posted.purchase_id, posted.environment) == ("700001", Environment.PRODUCTION)
    assert posted.origin is Origin.IMPORT  # a post would ship the app and be billed
    (noted,) = console.written.audited
    assert (noted.what, noted.about) == ("purchase.track", KEY)
    assert noted.details == {"app_user_id": "u-42"}
    assert "tracked for u-42" in await console.get("/notifications/r-1")


async def test_a_name_that_no_customer_can_have_changes_nothing(
    console: Site, writer: Writer
) -> None:
    writer.write([came("r-1"), became("r-1", OutcomeKind.PARKED)])
    answer = await console.post(
        "/notifications/r-1/track", page="/notifications/r-1", app_user_id="  "
    )
    assert answer.status == 400
    assert "app_user_id" in await answer.text()
    assert console.written.outs == []


async def test_one_that_waits_under_another_name_of_its_purchase_has_no_form(
    console: Site, writer: Writer
) -> None:
    key = "tide/stripe/PRODUCTION/pi_1"
    writer.write([came("r-1"), became("r-1", OutcomeKind.PARKED, purchase_key=key)])
    page = await console.get("/notifications/r-1")
    assert "another name of a purchase" in page
    assert "/track" not in page


async def test_one_that_was_tracked_since_can_not_be_tracked_again(
    console: Site, writer: Writer
) -> None:
    writer.write(
        [
            came("r-1", 9),
            came("r-2", 9),
            became("r-1", OutcomeKind.PARKED, 9),
            became("r-2", OutcomeKind.PARKED, 9),
            became("r-1", OutcomeKind.MATCHED, 1, tracked=True, origin=Origin.PARKED),
        ]
    )
    page = await console.get("/notifications/r-1")
    assert "It had waited until its purchase was tracked" in page
    assert "/track" not in page
    answer = await console.post(
        "/notifications/r-1/track", page="/notifications/r-2", app_user_id="u-42"
    )
    assert answer.status == 400
    assert console.written.outs == []


async def test_a_dead_one_says_why_and_is_replayed_byte_for_byte(
    console: Site, writer: Writer
) -> None:
    body = b'\xff\x00 {"not": "utf-8"}'
    first = came(
        "r-1", body=body, store="stripe", request_headers=(("stripe-signature", "t=1,v1=ab"),)
    )
    writer.write(
        [
            first,
            dead(first, "signature", "no secret fits <b>"),
            became(
                "r-1", OutcomeKind.REJECTED, reason="signature", store="stripe", purchase_key=""
            ),
        ]
    )
    page = await console.get("/notifications/r-1")
    assert "The signing secret is another endpoint" in page
    assert "no secret fits &lt;b&gt;" in page
    assert "v1=ab" not in page
    answer = await console.post("/notifications/r-1/replay", page="/notifications/r-1")
    assert answer.status == 303
    (out,) = console.written.on(RAW)
    again, before = read_raw(as_read(out)), read_raw(first)
    assert again.body == body
    assert again.origin is Origin.REPLAY
    assert again.request_headers == before.request_headers
    assert (again.receipt_id, again.token_hint) == (before.receipt_id, before.token_hint)
    assert abs(again.received_at - before.received_at) < timedelta(milliseconds=1)
    assert [noted.what for noted in console.written.audited] == ["notification.replay"]


async def test_what_our_own_process_pulled_is_replayed_as_such(
    console: Site, writer: Writer
) -> None:
    """It came without Google's token: as a push it would be refused for ever."""
    pulled = came("pull/tide/1", token_hint="", pulled=True, request_headers=(), body=b"{}")
    writer.write([pulled, became("pull/tide/1", OutcomeKind.BUG, reason="bug")])
    path = "/notifications/pull%2Ftide%2F1"
    answer = await console.post(f"{path}/replay", page=path)
    assert answer.headers["Location"] == path
    (out,) = console.written.on(RAW)
    assert read_raw(as_read(out)).pulled


async def test_an_erased_one_can_not_be_replayed(console: Site, writer: Writer) -> None:
    gone = came("r-1", body=b"", request_headers=())
    writer.write([gone, became("r-1", OutcomeKind.REJECTED, reason="malformed")])
    answer = await console.post("/notifications/r-1/replay", page="/notifications/r-1")
    assert answer.status == 400
    assert "erased" in await answer.text()
    assert console.written.outs == []


async def test_a_receipt_that_nobody_gave_is_not_found(console: Site) -> None:
    for path in ("nothing", "%5C%27%22%09%0A%7B", "%00", "x" * 2_000):
        response = await console.client.get(URL(f"/notifications/{path}", encoded=True))
        assert response.status == 404
        assert "No notification with this receipt" in await response.text()
