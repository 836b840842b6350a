"""The four agents, in the order of the path: verify, track, identify, receipts. Read this file first.

Each is a pure step: decode the record, call the one function that decides, encode what it leads
to. The driver delivers the outputs, then keeps the state, then is done with the record, so a record
that is read again after a crash meets the state that it met before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from streams.contracts import topics
from streams.contracts.codec import decode, encode
from streams.contracts.dead import dead_letter
from streams.contracts.errors import RejectedError, TransientError
from streams.contracts.ids import NO_PURCHASE, CustomerId
from streams.contracts.inbox import to_inbox, to_lookup
from streams.contracts.outcome import Outcome, stamped
from streams.contracts.project import Keyring, Project
from streams.contracts.purchase import (
    KINDS,
    Notification,
    Pointer,
    PostedPurchase,
    PurchaseAlias,
    Tracking,
)
from streams.contracts.raw import RawNotification, read_raw
from streams.contracts.step import KEEP, Out, Record, Step
from streams.identify.customers import Identified, Place
from streams.identify.customers import apply as identify_record
from streams.identify.records import KINDS as CUSTOMER_KINDS
from streams.identify.records import CustomerRecord
from streams.identify.state import read_state as read_customer
from streams.kafka.delay_steps import delayed
from streams.normalize.money import RateTable
from streams.receipts.state import apply as receive
from streams.receipts.state import read_state as read_receipts
from streams.retry import again
from streams.stores import STORES
from streams.track.advance import Advance, advance
from streams.track.state import Position, read_state
from streams.verify.outcomes import of_bug, of_notification, of_rejection

_CUSTOMER_KIND = {record: kind for kind, record in CUSTOMER_KINDS.items()}


@dataclass(slots=True, kw_only=True)
class Context:
    """What the steps are given as values: `now` only places delays, nothing that is emitted.

    `keyring` and `rates` follow their topics; a record is judged by what they held when it was read.
    """

    project: Project
    now: Callable[[], datetime]
    keyring: Keyring = field(default_factory=Keyring)
    rates: RateTable = field(default_factory=RateTable)


# -- verify: prove it, decode it, send it where it belongs -----------------------------------------


def verify(record: Record, context: Context) -> Step:
    """notifications.raw: a store's message; purchases.posted: what a backend joins to a customer."""
    try:
        return Step(outputs=_judged(record, context))
    except RejectedError as error:
        return Step(outputs=_reject(record, error))


def _judged(record: Record, context: Context) -> tuple[Out, ...]:
    """Where it belongs, or the way back here once more is known."""
    try:
        if record.topic == topics.POSTED:
            return _claim(decode(record.value, PostedPurchase), context)
        return _prove(record, read_raw(record), context)
    except TransientError as error:
        return again(record, error, context.now())


def _prove(record: Record, raw: RawNotification, context: Context) -> tuple[Out, ...]:
    app = context.project.app(raw.app_id)
    settings = app.store(raw.store)
    adapter = STORES[raw.store]
    payload = adapter.verify(raw, context.keyring, app)
    decoded = [out for one in adapter.decode(payload, app) for out in _route(one, record)]
    if settings.forward:
        copy = Out(topic=topics.GENUINE, key=None, value=record.value, headers=record.headers)
        decoded.append(copy)
    return tuple(decoded)


def _route(decoded: Notification | Pointer | PurchaseAlias, record: Record) -> tuple[Out, ...]:
    if isinstance(decoded, Pointer):
        return (to_lookup(decoded),)
    if isinstance(decoded, Notification) and decoded.purchase_key.endswith(f"/{NO_PURCHASE}"):
        return _outcomes([of_notification(decoded)], record)
    return (to_inbox(decoded),)


def _claim(posted: PostedPurchase, context: Context) -> tuple[Out, ...]:
    app = context.project.app(posted.app_id)
    claims = STORES[posted.store].claim(posted, context.keyring, app)
    return tuple(
        to_inbox(claim) if isinstance(claim, Tracking) else to_lookup(claim) for claim in claims
    )


def _reject(record: Record, error: RejectedError) -> tuple[Out, ...]:
    dead = dead_letter(record, reason=error.reason, detail=str(error))
    outcome = of_rejection(record, error)
    return (dead,) if outcome is None else (dead, *_outcomes([outcome], record))


# -- track: a purchase's state and one record of its inbox, to what moved --------------------------


def track(record: Record, state: bytes | None, context: Context) -> Step:
    position = Position(topics.LAYOUT, record.partition, record.offset)
    kind = (record.header(topics.HEADER_KIND) or b"").decode()
    hops = int(record.header(topics.HEADER_HOPS) or b"0")
    try:
        message = decode(record.value, KINDS[kind])
        result = advance(read_state(state), message, position, context.project, hops)
    except RejectedError as error:
        return Step(outputs=_reject(record, error))
    told = _told(result, record, context.now())
    return Step(outputs=told, state=encode(result.state) if result.state else KEEP)


def _told(result: Advance, record: Record, now: datetime) -> tuple[Out, ...]:
    due = (delayed(to_inbox(result.due), due_at=result.due.due_at, now=now),) if result.due else ()
    return (
        *due,
        *(_to_customer(alias.customer_id, alias) for alias in result.aliases),
        *(_to_customer(change.through or change.customer_id, change) for change in result.changes),
        *_outcomes(result.outcomes, record),
        *(to_inbox(onward, hops=hops) for onward, hops in result.forwards),
        *(to_lookup(pointer) for pointer in result.pointers),
    )


# -- identify: a customer's state and one change, to events ----------------------------------------


def identify(record: Record, state: bytes | None, context: Context) -> Step:
    kind = (record.header(topics.HEADER_KIND) or b"").decode()
    known = read_customer(state)
    key = CustomerId((record.key or b"").decode())
    place = Place(key, (record.partition, record.offset))
    message = decode(record.value, CUSTOMER_KINDS[kind])
    result = identify_record(known, message, place, context.project, context.rates)
    if result.state is known:
        return Step()
    return Step(outputs=_identified(result, key), state=encode(result.state))


def _identified(result: Identified, key: CustomerId) -> tuple[Out, ...]:
    """The public record goes before the one that it takes the place of."""
    named = key.encode()
    customer, absorbed = result.customer, result.absorbed
    shown = [Out(topic=topics.CUSTOMERS, key=named, value=encode(customer))] if customer else []
    if absorbed is not None:
        shown.append(Out(topic=topics.CUSTOMERS, key=absorbed.encode(), value=None))
    events = [Out(topic=topics.EVENTS, key=named, value=encode(event)) for event in result.events]
    onward = (_to_customer(whose, each) for whose, each in result.onward)
    return (*shown, *events, *onward)


# -- receipts: the label "Last received", and the billable figure ----------------------------------


def receipts(record: Record, state: bytes | None, context: Context) -> Step:
    outcome = decode(record.value, Outcome)
    position = (record.partition, record.offset)
    known = read_receipts(state)
    after = receive(known, outcome, position, context.rates)
    if after is known:
        return Step()
    unmoved = known is not None and known.value == after.value
    shown = Out(topic=topics.LAST_RECEIVED, key=record.key, value=encode(after.value))
    return Step(outputs=() if unmoved else (shown,), state=encode(after))


# -- what a defect of ours did not stop: the record is a dead letter, and its outcome says so --------


def bug(record: Record, error: Exception) -> tuple[Out, ...]:
    """The outcome of a record whose step raised; none where it does not say whose it was."""
    try:
        outcome = of_bug(record, error)
    except RejectedError:
        return ()
    return _outcomes([outcome], record) if outcome else ()


# -- where things go -------------------------------------------------------------------------------


def _to_customer(whose: CustomerId, record: CustomerRecord) -> Out:
    kind = _CUSTOMER_KIND[type(record)]
    headers = ((topics.HEADER_KIND, kind.encode()),) if kind else ()
    return Out(
        topic=topics.CUSTOMER_INBOX, key=whose.encode(), value=encode(record), headers=headers
    )


def _outcomes(outcomes: Sequence[Outcome], record: Record) -> tuple[Out, ...]:
    return tuple(
        Out(
            topic=topics.OUTCOMES,
            key=f"{outcome.app_id}/{outcome.store}".encode(),
            value=encode(outcome),
        )
        for outcome in stamped(outcomes, record)
    )
