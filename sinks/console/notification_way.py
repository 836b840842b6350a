"""The way that a notification took, stage by stage, each with its time or why it has none. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sinks.console.notification_queries import AttemptOf, Found, KeptRow, OutcomeOf
from sinks.console.reasons import STOPPED, meaning
from streams.contracts.words import Origin

_DELIVERED, _SHADOW = "delivered", "shadow"
_CAME = {
    Origin.NOTIFICATION.value: "The store posted it",
    Origin.BACKFILL.value: "It was asked for from what the store keeps",
    Origin.REPLAY.value: "It was replayed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """`at` None: it has no time, and `words` says why. `after_ms`: since it was received."""

    name: str
    at: datetime | None
    words: str
    after_ms: int | None = None
    bad: bool = False


def way(found: Found) -> tuple[Stage, ...]:
    """In the order of the path; a stage that it did not come to is there too, and says so."""
    received = found.first.received_at
    stages = (
        _at_the_store(found),
        _received(found.first),
        *_outcomes(found.outcomes),
        *_replays(found.rows),
        _told(found),
        *_deliveries(found),
        _visible(found),
    )
    return tuple(_since(stage, received) for stage in stages)


def _since(stage: Stage, received: datetime) -> Stage:
    if stage.at is None:
        return stage
    after = round((stage.at - received) / timedelta(milliseconds=1))
    return Stage(name=stage.name, at=stage.at, words=stage.words, after_ms=after, bad=stage.bad)


def _at_the_store(found: Found) -> Stage:
    times = [one.occurred_at for one in found.outcomes if one.occurred_at is not None]
    words = (
        "By the store's own clock."
        if times
        else "Not known: only a message that was verified and decoded says when it happened."
    )
    return Stage(name="At the store", at=min(times, default=None), words=words)


def _received(row: KeptRow) -> Stage:
    came = _CAME.get(row.origin, f"Its origin is {row.origin!r}")
    token = f" to the token {row.token_hint}…" if row.token_hint else ""
    return Stage(name="Received", at=row.received_at, words=f"{came}{token}; durable in Kafka.")


def _outcomes(outcomes: Iterable[OutcomeOf]) -> Iterator[Stage]:
    """Their own time is not kept apart: it is known when ClickHouse had them."""
    silent = True
    for outcome in outcomes:
        silent = False
        waited = (
            " It had waited until its purchase was tracked."
            if outcome.origin == Origin.PARKED
            else ""
        )
        again = " This was a replay." if outcome.origin == Origin.REPLAY else ""
        yield Stage(
            name=f"Outcome: {outcome.kind.replace('_', ' ')}",
            at=outcome.written_at,
            words=f"{meaning(outcome.kind)}{waited}{again} The time is when ClickHouse had the outcome.",
            bad=outcome.kind in STOPPED,
        )
    if silent:
        words = (
            "None yet: verify or track has not come to it, or waits for the store's API or keys."
        )
        yield Stage(name="Outcome", at=None, words=words)


def _replays(rows: Iterable[KeptRow]) -> Iterator[Stage]:
    for row in rows:
        if row.is_replay:
            words = (
                "Put into notifications.raw again, untouched. The time is when ClickHouse had it."
            )
            yield Stage(name="Replayed", at=row.written_at, words=words)


def _told(found: Found) -> Stage:
    name = "Told as events"
    if not found.events:
        return Stage(name=name, at=None, words="It made no event: nothing of its purchase moved.")
    count = f"{len(found.events)} event{'s' if len(found.events) > 1 else ''}"
    times = [one.matched_at for one in found.times]
    if not times:
        words = f"{count}; no time is kept of what was not told at once."
        return Stage(name=name, at=None, words=words)
    return Stage(name=name, at=min(times), words=f"{count}, once purchase and customer were found.")


def _deliveries(found: Found) -> Iterator[Stage]:
    """A stage a destination; the first success of each event, the last of them."""
    if not found.events:
        return
    destinations = sorted({one.destination for one in found.attempts})
    if not destinations:
        words = "No attempt is known: no destination takes these events, or none was made yet."
        yield Stage(name="Delivered", at=None, words=words)
    for destination in destinations:
        yield _delivery([one for one in found.attempts if one.destination == destination])


def _delivery(attempts: list[AttemptOf]) -> Stage:
    name = f"Delivered to {attempts[0].destination}"
    events = {one.event_id for one in attempts}
    done: dict[str, datetime] = {}
    for one in attempts:
        if one.result in {_DELIVERED, _SHADOW}:
            done.setdefault(one.event_id, _ended(one))
    if len(done) == len(events):
        words = "In shadow: nothing was sent." if attempts[-1].result == _SHADOW else "Accepted."
        return Stage(name=name, at=max(done.values()), words=words)
    last = attempts[-1]
    words = f"Not yet for {len(events) - len(done)} of {len(events)}: the last attempt was {last.result} ({last.reason})."
    return Stage(name=name, at=None, words=words, bad=last.result == "dead")


def _ended(attempt: AttemptOf) -> datetime:
    return attempt.started_at + timedelta(milliseconds=attempt.total_ms)


def _visible(found: Found) -> Stage:
    if not found.events:
        words = "The notification itself; there are no events of it to chart."
        return Stage(name="Visible in ClickHouse", at=found.first.written_at, words=words)
    times = [one.visible_at for one in found.times]
    at = max(times) if times else max(event.written_at for event in found.events)
    return Stage(name="Visible in charts", at=at, words="Its events are in ClickHouse and folded.")
