"""Advance a purchase by one record of its inbox. A notification is a hint; these are the rules:

1. A record that was applied before, by its place in the inbox, moves nothing, however long the replay.
2. A purchase that turned out to be another name of one hands every record on to it.
3. What nobody tracks is parked, unless the app tracks new purchases and a record carries one. What was
   parked is applied, in order, once the purchase is tracked.
4. What a message tells is added to the state as facts, and what is emitted is the difference of the
   facts before and after; the signal only explains it. What a late message adds is emitted once,
   flagged `late`.
5. So order, loss and repetition of messages do not matter: a complete history, shuffled and doubled,
   gives the same state and the same event ids, and what was lost heals with the next message.
6. A due time that has come only asks the store.
"""

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.change import Change
from streams.contracts.customer import CustomerAlias
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.project import Project
from streams.contracts.purchase import (
    Due,
    InboxRecord,
    Notification,
    Observation,
    Pointer,
    PurchaseAlias,
    Tracking,
)
from streams.contracts.words import Origin
from streams.track.aliases import alias_to, checked_hops, forwarded
from streams.track.apply import apply
from streams.track.changes import Spoken, message_id
from streams.track.due import ask, next_due
from streams.track.ownership import aliased, new_owner, owner_after, transferred
from streams.track.parking import is_parked, park, unpark
from streams.track.shipping import count_post
from streams.track.state import Position, PurchaseState


class Advance(Struct, frozen=True, kw_only=True):
    """What one record leads to. `state` None: it was applied before, nothing moves.

    `forwards`: records readdressed to another purchase key, with their count of aliases passed.
    `due`: to come back when its time has come.
    """

    state: PurchaseState | None = None
    changes: tuple[Change, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    forwards: tuple[tuple[InboxRecord, int], ...] = ()
    pointers: tuple[Pointer, ...] = ()
    aliases: tuple[CustomerAlias, ...] = ()
    due: Due | None = None


def advance(
    state: PurchaseState | None,
    record: InboxRecord,
    position: Position,
    project: Project,
    hops: int = 0,
) -> Advance:
    """Raise RejectedError for an alias that leads nowhere; everything else has its outcome."""
    result = _advance(state or PurchaseState(), record, position, project, hops)
    if result.state is None:
        return result
    due = next_due(result.state, record, project, asked=bool(result.pointers))
    if due is None:
        return result
    return replace(result, state=replace(result.state, due_at=due.due_at), due=due)


def _advance(
    state: PurchaseState, record: InboxRecord, position: Position, project: Project, hops: int
) -> Advance:
    if _applied(state, position):
        return Advance()
    state = replace(state, applied=position)
    if state.alias_of is not None and not isinstance(record, PurchaseAlias):
        onward = (forwarded(state, record), checked_hops(record, hops))
        return Advance(state=state, forwards=(onward,))
    match record:
        case Notification() | Observation():
            return _hear(state, record, project)
        case Tracking():
            return _track(state, record, project)
        case PurchaseAlias():
            named, held = alias_to(state, record)
            return Advance(state=named, forwards=tuple((each, hops) for each in held))
        case Due():
            return _fall_due(state, record)


def _fall_due(state: PurchaseState, due: Due) -> Advance:
    """One that another took the place of does nothing."""
    if due.due_at != state.due_at:
        return Advance(state=state)
    return Advance(state=replace(state, due_at=None), pointers=ask(state, due))


def _applied(state: PurchaseState, position: Position) -> bool:
    """Exact replay protection, however long the replay: offsets of one partition only grow."""
    last = state.applied
    same_stream = last is not None and (last.layout, last.partition) == (
        position.layout,
        position.partition,
    )
    return same_stream and last is not None and position.offset <= last.offset


def _hear(state: PurchaseState, record: Spoken, project: Project) -> Advance:
    """A message of the store: applied when the purchase is tracked, else tracked now or parked."""
    if state.owner is None:
        owner = new_owner(record, map(unpark, state.parked), project)
        if owner is None:
            return _park(state, record)
        return _adopt(replace(state, owner=owner.customer_id, named=owner.named), record)
    state, changes, outcome = apply(state, record, at=record.received_at, origin=record.origin)
    return Advance(state=state, changes=changes, outcomes=(outcome,))


def _adopt(state: PurchaseState, record: Spoken) -> Advance:
    """Track-new: what waited comes out first, then the message that named the owner."""
    state, changes, outcomes = _release(state, record)
    state, own, outcome = apply(state, record, at=record.received_at, origin=record.origin)
    return Advance(state=state, changes=(*changes, *own), outcomes=(*outcomes, outcome))


def _park(state: PurchaseState, record: Spoken) -> Advance:
    if is_parked(state, record):
        return Advance(state=state, outcomes=(_outcome(OutcomeKind.DUPLICATE, record),))
    state, dropped = park(state, record)
    gone = tuple(_outcome(OutcomeKind.PARKED_DROPPED, each) for each in dropped)
    return Advance(state=state, outcomes=(_outcome(OutcomeKind.PARKED, record), *gone))


def _outcome(kind: OutcomeKind, record: Spoken) -> Outcome:
    return Outcome(
        kind=kind,
        app_id=record.app_id,
        store=record.store,
        environment=record.environment,
        received_at=record.received_at,
        receipt_id=record.receipt_id,
        origin=record.origin,
        notification_id=message_id(record),
        notification_type=record.type,
        purchase_key=record.purchase_key,
        occurred_at=record.occurred_at,
    )


def _track(state: PurchaseState, post: Tracking, project: Project) -> Advance:
    """Join the purchase to a customer; what waited for it is applied now, as of this post."""
    before = state.owner
    owner = owner_after(state, post, project)
    aliases = aliased(state, post, project)
    state = replace(state, owner=owner)
    moved: tuple[Change, ...] = ()
    if before is not None and owner != before:
        state, moved = transferred(state, post, before)
    state, counted = count_post(state, post)
    state, changes, outcomes = _release(state, post)
    return Advance(
        state=state,
        changes=(*moved, *changes),
        outcomes=(_tracked(post, owner), *counted, *outcomes),
        aliases=aliases,
    )


def _tracked(post: Tracking, owner: str) -> Outcome:
    return Outcome(
        kind=OutcomeKind.TRACKED,
        app_id=post.app_id,
        store=post.store,
        environment=post.environment,
        received_at=post.received_at,
        receipt_id=post.tracking_id,
        origin=post.origin,
        tracked=True,
        purchase_key=post.purchase_key,
        customer_id=owner,
    )


def _release(
    state: PurchaseState, cause: Tracking | Spoken
) -> tuple[PurchaseState, tuple[Change, ...], tuple[Outcome, ...]]:
    """Apply what was parked, in order, with origin `parked`: it never moves "Last received"."""
    waiting, state = state.parked, replace(state, parked=())
    changes: tuple[Change, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    for parked in waiting:
        record = unpark(parked)
        state, more, outcome = apply(state, record, at=cause.received_at, origin=Origin.PARKED)
        changes, outcomes = (*changes, *more), (*outcomes, outcome)
    return state, changes, outcomes
