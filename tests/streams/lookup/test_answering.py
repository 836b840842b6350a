"""A pointer's answers and failures as records: the customer's claim, rejections, waits, our own defects."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from streams.contracts import topics
from streams.contracts.codec import decode, encode
from streams.contracts.errors import CredentialsRefusedError, RejectedError, TransientError
from streams.contracts.money import Money
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.purchase import Observation, Pointer, Tracking
from streams.contracts.snapshot import Snapshot
from streams.contracts.step import Out, Record
from streams.contracts.words import Environment, Origin
from streams.lookup.answering import Answering
from streams.lookup.asking import Found
from streams.observe import clock
from streams.stores.play_store.answers import Seen, SubscriptionAnswer
from streams.stores.play_store.observe import Chain, subscription
from tests.streams.lookup.google import pointer
from tests.streams.lookup.test_pointers import record


@dataclass(slots=True)
class Store:
    """Satisfies StoreLookup: gives or raises what it is told to."""

    answer: Exception | bool
    asked: list[Pointer] = field(default_factory=list)

    async def look_up(self, pointer: Pointer) -> Found:
        self.asked.append(pointer)
        if isinstance(self.answer, Exception):
            raise self.answer
        seen = Seen("token-1", SubscriptionAnswer(subscription_state="SUBSCRIPTION_STATE_ACTIVE"))
        records = subscription(pointer, seen, Chain(tokens=("token-1",)), clock.now())
        return Found(records=records, stale=self.answer)


def of(outs: tuple[Out, ...], topic: str) -> list[Out]:
    return [out for out in outs if out.topic == topic]


async def answered(
    store: Store, asked: Pointer, headers: tuple[tuple[str, bytes], ...] = ()
) -> tuple[Out, ...]:
    answering = Answering(lookups={(asked.app_id, asked.store): store})
    return await answering.answer(with_headers(asked, headers), asked)


def with_headers(asked: Pointer, headers: tuple[tuple[str, bytes], ...]) -> Record:
    return replace(record(asked), headers=headers)


async def test_an_answer_goes_to_its_purchase() -> None:
    asked = replace(pointer(), received_at=clock.now())
    (out,) = await answered(Store(False), asked)

    seen = decode(out.value or b"", Observation)
    assert (out.topic, out.key) == (topics.PURCHASES, seen.purchase_key.encode())
    assert (seen.receipt_id, seen.origin) == (asked.receipt_id, Origin.NOTIFICATION)
    assert seen.snapshot == Snapshot(asked_as="token-1")


async def test_a_post_is_a_claim_before_the_first_observation() -> None:
    hint = {"customer_id": "u-1", "ships": "true", "price_micros": "4990000", "currency": "EUR"}
    posted = pointer("POSTED", origin=Origin.POST, hint=hint)
    claim, seen = await answered(Store(False), posted)

    tracking = decode(claim.value or b"", Tracking)
    assert claim.key == seen.key
    assert (tracking.customer_id, tracking.tracking_id) == ("u-1", posted.receipt_id)
    assert (tracking.posted, tracking.ships) == (True, True)
    assert tracking.environment is Environment.PRODUCTION
    assert tracking.price == Money(micros=4_990_000, currency="EUR")


async def test_an_import_and_a_post_without_environment_ship_nothing() -> None:
    hint = {"customer_id": "u-1", "ships": "false"}
    for origin in (Origin.POST, Origin.IMPORT):
        claim, _ = await answered(Store(False), pointer("POSTED", origin=origin, hint=hint))
        tracking = decode(claim.value or b"", Tracking)
        assert (tracking.ships, tracking.posted) == (False, origin is Origin.POST)


async def test_a_stale_answer_is_told_and_asked_again_as_a_refresh() -> None:
    asked = replace(pointer(), received_at=clock.now())
    store = Store(True)
    first, later = await answered(store, asked)
    second = (await answered(store, asked, later.headers))[0]

    assert later.topic == "delay.1m"
    assert decode(first.value or b"", Observation).origin is Origin.NOTIFICATION
    assert decode(second.value or b"", Observation).origin is Origin.REFRESH


async def test_what_the_store_does_not_know_is_dead_and_an_outcome() -> None:
    outs = await answered(Store(RejectedError("status 404", reason="unknown_purchase")), pointer())

    (dead,), (told,) = of(outs, topics.DEAD), of(outs, topics.OUTCOMES)
    outcome = decode(told.value or b"", Outcome)
    assert dict(dead.headers)["reason"] == b"unknown_purchase"
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, "unknown_purchase")
    assert outcome.receipt_id == pointer().receipt_id


async def test_refused_credentials_wait_like_none_and_say_why() -> None:
    outs = await answered(Store(CredentialsRefusedError("orders: status 403")), pointer())

    (told,) = of(outs, topics.OUTCOMES)
    outcome = decode(told.value or b"", Outcome)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.NEEDS_CREDENTIALS, "orders: status 403")


async def test_a_store_that_is_away_is_asked_later() -> None:
    asked = replace(pointer(), received_at=clock.now())
    (out,) = await answered(Store(TransientError("away")), asked)

    assert (out.topic, out.value) == ("delay.5s", encode(asked))


async def test_a_defect_of_ours_stops_nothing_and_is_an_outcome() -> None:
    outs = await answered(Store(ZeroDivisionError("oops")), pointer())

    (dead,), (told,) = of(outs, topics.DEAD), of(outs, topics.OUTCOMES)
    outcome = decode(told.value or b"", Outcome)
    assert dict(dead.headers)["reason"] == b"bug"
    assert (outcome.kind, outcome.reason) == (OutcomeKind.BUG, "bug")
    assert (outcome.detail, outcome.receipt_id) == ("ZeroDivisionError", pointer().receipt_id)


async def test_a_store_that_was_away_for_sixty_days_is_dead_and_an_outcome() -> None:
    asked = replace(pointer(), received_at=clock.now() - timedelta(days=61))
    outs = await answered(Store(TransientError("away")), asked)

    (dead,), (told,) = of(outs, topics.DEAD), of(outs, topics.OUTCOMES)
    outcome = decode(told.value or b"", Outcome)
    assert dict(dead.headers)["reason"] == b"unanswered"
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, "unanswered")
    assert (outcome.receipt_id, outcome.detail) == (asked.receipt_id, "away")


async def test_what_the_store_does_not_know_yet_is_asked_again_and_is_still_the_messages_own() -> (
    None
):
    now = clock.now()
    asked = replace(pointer(at=now), received_at=now)
    unknown = Store(RejectedError("status 404", reason="unknown_purchase"))
    (later,) = await answered(unknown, asked)
    (found,) = await answered(Store(False), asked, later.headers)
    headers = later.headers
    for _ in range(2):
        (again,) = await answered(unknown, asked, headers)
        headers = again.headers
    outs = await answered(unknown, asked, headers)

    assert later.topic == "delay.1m"
    assert decode(found.value or b"", Observation).origin is Origin.NOTIFICATION
    assert {out.topic for out in outs} == {topics.DEAD, topics.OUTCOMES}
