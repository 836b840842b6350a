"""When a tracked purchase is to be asked for, and the asking. Nothing expires by the clock alone.

One due time a purchase is outstanding; a record of it that is not that one does nothing. Any news
moves the next one, so a store that tells everything is asked once a day, and one that tells nothing
is found out about as soon.
"""

from datetime import UTC, datetime, timedelta

from streams.contracts.errors import UnknownAppError
from streams.contracts.ids import NotificationId, ReceiptId
from streams.contracts.project import Project
from streams.contracts.purchase import Due, InboxRecord, Observation, Pointer
from streams.contracts.snapshot import Standing
from streams.contracts.words import Access, Origin, Signal
from streams.track.state import PurchaseState, order_of, time_of
from streams.track.terms import newest_term

AFTER_END = timedelta(minutes=30)
"""After a period's end: what the store has to do then takes it some minutes."""
QUIET = timedelta(days=1)
ENDED_QUIET = timedelta(days=7)
LEAST = timedelta(hours=1)
FIRST = timedelta(minutes=1)
"""A purchase of which nothing is known yet."""
FOLLOWED = timedelta(days=60)
"""After access ended: for so long a store keeps trying to charge, and Google a token."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def due_time(state: PurchaseState, at: datetime, *, again: bool = False) -> datetime | None:
    """When to ask next, seen from `at`; None: never again, or not before there is news.

    `again`: it was asked just now.
    """
    standing = _newest(state)
    if standing is None:
        return None if state.transactions else at + (ENDED_QUIET if again else FIRST)
    heard = time_of(state.newest[0]) if state.newest else at
    ended = standing.access is not None and standing.access.ended
    ends_at = standing.ended_at or standing.grace_expires_at or standing.expires_at
    if ended and at - (ends_at or heard) > FOLLOWED:
        return None
    if standing.access in {Access.EXPIRED, Access.REVOKED}:
        return max(heard + ENDED_QUIET, at + LEAST)
    soon = [heard + QUIET, *([ends_at + AFTER_END] if ends_at and not ended else [])]
    return max(min(soon), at + LEAST)


def _newest(state: PurchaseState) -> Standing | None:
    """The standing told last, of the items that had anything told. One answer may tell of several
    periods: the one that ends last counts then, not an older one that was refunded."""
    told = [points[-1] for points in state.periods.values() if points]
    return max(told, key=lambda p: (p.by, _until(p.standing))).standing if told else None


def _until(standing: Standing) -> datetime:
    ends = (standing.expires_at, standing.grace_expires_at, standing.ended_at)
    return max((end for end in ends if end is not None), default=_LONG_AGO)


def next_due(
    state: PurchaseState, record: InboxRecord, project: Project, *, asked: bool
) -> Due | None:
    """The due time to be outstanding from now on; None when the present one stands or none is wanted.

    Purchases of a store that lookup can't ask have none. `asked`: the record led to a question.
    """
    if state.owner is None or not _asks(record, project):
        return None
    wanted = due_time(state, moment_of(record), again=asked)
    if wanted is None or (state.due_at is not None and state.due_at <= wanted):
        return None
    term = newest_term(state)
    return Due(
        app_id=record.app_id,
        store=record.store,
        environment=record.environment,
        purchase_key=record.purchase_key,
        period=term.period if term else "",
        due_at=wanted,
    )


def moment_of(record: InboxRecord) -> datetime:
    """When it is now, as far as the record knows."""
    match record:
        case Observation():
            return max(record.occurred_at, record.received_at)
        case Due():
            return record.due_at
        case _:
            return record.received_at


def _asks(record: InboxRecord, project: Project) -> bool:
    """False while this process does not know the app yet: the next record sees to it."""
    try:
        return project.app(record.app_id).store(record.store).asked
    except UnknownAppError:
        return False


def ask(state: PurchaseState, due: Due) -> tuple[Pointer, ...]:
    """What lookup must ask; nothing when the purchase is not tracked or there was news meanwhile."""
    if state.owner is None or not _is_wanted(state, due):
        return ()
    own = due.purchase_key.split("/", 3)[3]
    asked = f"due/{order_of(due.due_at, '')[0]}"
    return (
        Pointer(
            app_id=due.app_id,
            store=due.store,
            environments=(due.environment,),
            purchase_id=state.asked_as[1] if state.asked_as else own,
            type="due",
            signal=Signal.LOOKED_UP,
            notification_id=NotificationId(asked),
            occurred_at=due.due_at,
            received_at=due.due_at,
            receipt_id=ReceiptId(asked),
            origin=Origin.REFRESH,
        ),
    )


def _is_wanted(state: PurchaseState, due: Due) -> bool:
    """As if it were asked an hour before: by then the due time must have come."""
    wanted = due_time(state, due.due_at - LEAST)
    return wanted is not None and wanted <= due.due_at
