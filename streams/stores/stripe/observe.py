"""What Stripe's API answered as observations: each object is read as the event that would bring it.

So what an answer means and what a message means can't differ. An invoice's payment and a refund name
no subscription: they come with the names that lead to it, as they do in messages. Two things that only
events say are found in what they left: the trial in the subscription's own dates, a change of product
that began a period in the reason of its invoice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace as replace_record
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from msgspec import Raw
from msgspec.structs import replace

from streams.contracts.codec import decode, read_json, write_json
from streams.contracts.ids import NO_PURCHASE, NotificationId
from streams.contracts.project import App
from streams.contracts.purchase import Observation, Pointer, PurchaseAlias
from streams.contracts.snapshot import Snapshot, Standing, Transaction
from streams.contracts.words import Environment
from streams.stores.stripe.bills import Invoice
from streams.stores.stripe.checkout import read_sold
from streams.stores.stripe.events import Content
from streams.stores.stripe.options import NAME, READER
from streams.stores.stripe.said import Context, Link, Said
from streams.stores.stripe.signals import TYPES

_CREATED, _UPDATED = "customer.subscription.created", "customer.subscription.updated"
SESSION = "checkout.session"
_CLAIMED = frozenset({_UPDATED, SESSION})
"""Told though nothing was bought yet: a post may have asked."""
_PAID, _CHANGE = "invoice.paid", "subscription_update"


class Answer(NamedTuple):
    """`type`: of the event that would bring `body`. `name`: of the object, unlike any other's."""

    type: str
    name: str
    body: bytes


def observed(
    pointer: Pointer,
    app: App,
    environment: Environment,
    answers: Sequence[Answer],
    answered_at: datetime,
) -> tuple[PurchaseAlias | Observation, ...]:
    """The names of payments first, then what each object says: of the subscription always, because
    a post may have asked for it, before anything was paid."""
    context = Context(
        app_id=pointer.app_id,
        environment=environment,
        options=READER.of(app),
        signal=pointer.signal,
        occurred_at=answered_at,
        content=Content(object=Raw(b"null")),
    )
    read = [(answer, _said(answer, context)) for answer in answers]
    read += [(answer, _past_trial(said)) for answer, said in _trials(answers, context)]
    read = _with_changes(read)
    names = [_alias(link, context) for _, said in read for link in said.links]
    return (*names, *_told(read, pointer, context))


def sold(
    pointer: Pointer, app: App, environment: Environment, session: Answer, answered_at: datetime
) -> tuple[PurchaseAlias | Observation, ...]:
    """What a Checkout Session sold once; its payment is another name of it."""
    context = Context(
        app_id=pointer.app_id,
        environment=environment,
        options=READER.of(app),
        signal=pointer.signal,
        occurred_at=answered_at,
        content=Content(object=Raw(session.body)),
    )
    said = read_sold(context)
    names = [_alias(link, context) for link in said.links]
    return (*names, *_told([(session, said)], pointer, context))


def _said(answer: Answer, context: Context) -> Said:
    of_type = TYPES[answer.type]
    own = Context(
        app_id=context.app_id,
        environment=context.environment,
        options=context.options,
        signal=of_type.signal,
        occurred_at=context.occurred_at,
        content=Content(object=Raw(answer.body)),
    )
    return of_type.read(own)


def _trials(answers: Sequence[Answer], context: Context) -> Iterator[tuple[Answer, Said]]:
    """The subscription as it was in its trial."""
    for answer in answers:
        if answer.type != _UPDATED:
            continue
        told = read_json(answer.body)
        start, end = told.get("trial_start"), told.get("trial_end")
        if start is None or end is None or told.get("status") == "trialing":
            continue
        period = {"current_period_start": start, "current_period_end": end}
        items = [item | period for item in told["items"].get("data", [])]
        was = told | period | {"status": "trialing", "items": {"data": items}}
        trial = Answer(_CREATED, f"{answer.name}/trial", write_json(was))
        yield trial, _said(trial, context)


def _past_trial(said: Said) -> Said:
    """That it began, and nothing of how it stands: that is over."""
    return replace_record(
        said, snapshot=Snapshot(transactions=said.snapshot.transactions), links=()
    )


def _with_changes(read: list[tuple[Answer, Said]]) -> list[tuple[Answer, Said]]:
    """An invoice of a change whose term has another product than the one before: it changed at once."""
    terms = sorted(
        (term for _, said in read for term in said.snapshot.transactions),
        key=lambda term: (term.item, term.purchased_at),
    )
    changed = {
        later.fact: _begun_before(later, terms)
        for earlier, later in pairwise(terms)
        if earlier.item == later.item
        and earlier.period != later.period
        and earlier.product_id != later.product_id
    }
    return [(answer, _with_change(answer, said, changed)) for answer, said in read]


def _begun_before(term: Transaction, terms: Sequence[Transaction]) -> Transaction:
    """The term that began the period in which `term` was paid: itself, or an earlier one."""
    begun = [
        one
        for one in terms
        if one.item == term.item
        and one.purchased_at <= term.purchased_at
        and one.period == str(round(one.purchased_at.timestamp()))
    ]
    return max(begun, key=lambda one: one.purchased_at, default=term)


def _with_change(answer: Answer, said: Said, changed: dict[str, Transaction]) -> Said:
    """A change that began a period shows its product; one inside a period only that there was one: how
    the product stood then is told by answers of then, and must not seem to move back."""
    if answer.type != _PAID or decode(answer.body, Invoice).billing_reason != _CHANGE:
        return said
    standings = tuple(
        _changed(term, changed[term.fact])
        for term in said.snapshot.transactions
        if term.fact in changed
    )
    snapshot = replace(said.snapshot, standings=(*said.snapshot.standings, *standings))
    return replace_record(said, snapshot=snapshot)


def _changed(term: Transaction, begun: Transaction) -> Standing:
    return Standing(
        period=begun.period,
        item=term.item,
        product_id=term.product_id if term.fact == begun.fact else None,
        purchased_at=begun.purchased_at,
        expires_at=begun.expires_at,
        product_changed=True,
    )


def _told(
    read: Sequence[tuple[Answer, Said]], pointer: Pointer, context: Context
) -> Iterator[Observation]:
    for answer, said in read:
        silent = said.snapshot == Snapshot() and answer.type not in _CLAIMED
        if said.purchase_id == NO_PURCHASE or silent:
            continue
        at = context.occurred_at
        yield Observation(
            observation_id=NotificationId(
                f"{pointer.notification_id}/{answer.name}/{round(at.timestamp() * 1000)}"
            ),
            app_id=pointer.app_id,
            store=NAME,
            environment=context.environment,
            purchase_key=context.key(said.purchase_id),
            signal=pointer.signal,
            occurred_at=at,
            received_at=pointer.received_at,
            receipt_id=pointer.receipt_id,
            origin=pointer.origin,
            snapshot=_charged(said.snapshot, at),
            type=pointer.type,
            subtype=answer.type,
        )


def _charged(snapshot: Snapshot, at: datetime) -> Snapshot:
    """A term was paid when it began, not when it was asked for."""
    terms = tuple(
        replace(term, charged_at=min(term.purchased_at, at)) for term in snapshot.transactions
    )
    return replace(snapshot, transactions=terms)


def _alias(link: Link, context: Context) -> PurchaseAlias:
    return PurchaseAlias(
        app_id=context.app_id,
        store=NAME,
        environment=context.environment,
        purchase_key=context.key(link.purchase_id),
        target=context.key(link.target),
        ref=link.ref,
        received_at=context.occurred_at,
    )
