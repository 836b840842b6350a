"""A change of a purchase, told as an event: RevenueCat's types, fields and nulls.

The table decides the type, whether it carries money, and a fixed reason; a field that RevenueCat
has on one type only is None on all others. Invariant: the event's id, fact and times are the
change's own, so the same change is the same event in every replay, whatever the project says.
"""

from dataclasses import dataclass, replace

from streams.contracts.change import Change, ChangeKind
from streams.contracts.customer import Customer
from streams.contracts.errors import MalformedError
from streams.contracts.event import Event, EventType
from streams.contracts.money import Rate
from streams.contracts.project import Project
from streams.contracts.stores import BY_NAME
from streams.contracts.words import Reason
from streams.normalize.price import Pays, charged_currency, price_of
from streams.normalize.products import duration_of, entitlements_of
from streams.normalize.shares import shares_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """`reason`: said whatever the change says."""

    type: EventType
    pays: Pays = Pays.NOTHING
    reason: Reason | None = None


_ROWS = {
    ChangeKind.STARTED: _Row(type=EventType.INITIAL_PURCHASE, pays=Pays.PRICE),
    ChangeKind.RENEWED: _Row(type=EventType.RENEWAL, pays=Pays.PRICE),
    ChangeKind.PURCHASED: _Row(type=EventType.NON_RENEWING_PURCHASE, pays=Pays.PRICE),
    ChangeKind.PRODUCT_CHANGED: _Row(type=EventType.PRODUCT_CHANGE),
    ChangeKind.RENEWAL_ON: _Row(type=EventType.UNCANCELLATION),
    ChangeKind.RESUMED: _Row(type=EventType.UNCANCELLATION),
    ChangeKind.BILLING_FAILED: _Row(type=EventType.BILLING_ISSUE),
    ChangeKind.BILLING_CANCELLED: _Row(type=EventType.CANCELLATION, reason=Reason.BILLING_ERROR),
    ChangeKind.RENEWAL_OFF: _Row(type=EventType.CANCELLATION),
    ChangeKind.REFUNDED: _Row(
        type=EventType.CANCELLATION, pays=Pays.REFUND, reason=Reason.CUSTOMER_SUPPORT
    ),
    ChangeKind.REFUND_REVERSED: _Row(type=EventType.REFUND_REVERSED, pays=Pays.REVERSAL),
    ChangeKind.PAUSE_SCHEDULED: _Row(type=EventType.SUBSCRIPTION_PAUSED),
    ChangeKind.EXTENDED: _Row(type=EventType.SUBSCRIPTION_EXTENDED),
    ChangeKind.CONSENT: _Row(type=EventType.PRICE_INCREASE_CONSENT_REQUIRED, pays=Pays.UNSAID),
    ChangeKind.CONSENT_GIVEN: _Row(
        type=EventType.PRICE_INCREASE_CONSENT_APPROVED, pays=Pays.UNSAID
    ),
    ChangeKind.INVOICED: _Row(type=EventType.INVOICE_ISSUANCE, pays=Pays.INVOICE),
    ChangeKind.ENDED: _Row(type=EventType.EXPIRATION),
    ChangeKind.TRANSFERRED: _Row(type=EventType.TRANSFER, pays=Pays.UNSAID),
}
_MONEY = {Pays.PRICE, Pays.REFUND, Pays.REVERSAL}


def normalize(change: Change, customer: Customer, project: Project, rate: Rate | None) -> Event:
    """The event that `change` is. `rate`: the one that the customer keeps with the transaction."""
    change, row = _of_old_product(change), _ROWS[change.kind]
    event = _with_price(_identity(change, customer, project, row.type), change, rate)
    match event.type:
        case EventType.TRANSFER:
            return _transfer(event, change)
        case EventType.PRICE_INCREASE_CONSENT_REQUIRED | EventType.PRICE_INCREASE_CONSENT_APPROVED:
            return _with_transaction(replace(event, product_id=change.product_id), change)
        case EventType.INVOICE_ISSUANCE:
            return replace(_with_product(event, change, project), entitlement_ids=None)
        case _:
            event = _with_transaction(_with_product(event, change, project), change)
            return _with_own(_with_term(event, change, project), change, row)


def currency_to_price(change: Change) -> str | None:
    """The currency that `normalize` needs a rate of; None when its event carries no money."""
    return charged_currency(change) if _ROWS[change.kind].pays in _MONEY else None


def _of_old_product(change: Change) -> Change:
    """A PRODUCT_CHANGE names the old product, and tells its term: the new one's is the purchase's."""
    old = change.replaced
    if old is None:
        return change
    return replace(
        change, transaction=old, purchased_at=old.purchased_at, expires_at=old.expires_at
    )


def _identity(change: Change, customer: Customer, project: Project, told: EventType) -> Event:
    """Who, what fact, and which message told it."""
    store = BY_NAME[change.store]
    return Event(
        id=change.event_id,
        type=told,
        fact=change.fact,
        app_id=change.app_id,
        store=change.store,
        store_name=store.event_name,
        environment=change.environment,
        purchase_key=change.purchase_key,
        subscription_id=change.subscription_id,
        customer_id=customer.customer_id,
        original_customer_id=customer.original_customer_id,
        aliases=customer.aliases,
        customer_first_seen_at=customer.first_seen_at,
        attributes=customer.attributes,
        occurred_at=change.occurred_at,
        received_at=change.received_at,
        generated_at=change.received_at,
        sequence=change.sequence,
        origin=change.origin,
        signal=change.signal,
        notification_id=change.notification_id,
        notification_type=change.notification_type,
        receipt_id=change.receipt_id,
        project_sha256=project.sha256,
        period=change.period,
        late=change.late,
        extension=change.extension or told in store.beyond,
        affects_access=change.affects_access,
    )


def _with_price(event: Event, change: Change, rate: Rate | None) -> Event:
    price = price_of(_ROWS[change.kind].pays, change, rate)
    return replace(
        event,
        price_micros=price.micros,
        currency=price.currency,
        price_usd_micros=price.usd,
        rate_usd_micros=price.rate.usd_micros if price.rate else None,
        rate_day=price.rate.day if price.rate else None,
    )


def _with_product(event: Event, change: Change, project: Project) -> Event:
    return replace(
        event,
        product_id=change.product_id,
        product_duration=duration_of(project, change.store, change.product_id),
        entitlement_ids=entitlements_of(project, change.store, change.product_id),
        purchased_at=change.purchased_at,
        offer_code=change.transaction.offer_code if change.transaction else None,
        offer_type=change.transaction.offer_type if change.transaction else None,
        quantity=change.transaction.quantity if change.transaction else 1,
    )


def _with_transaction(event: Event, change: Change) -> Event:
    """The transaction's ids and country: RevenueCat gives them on every event about a term."""
    if change.transaction is None:
        return event
    return replace(
        event,
        transaction_id=change.transaction.transaction_id,
        original_transaction_id=change.transaction.original_transaction_id,
        country_code=change.transaction.country,
    )


def _with_term(event: Event, change: Change, project: Project) -> Event:
    one_time = event.type is EventType.NON_RENEWING_PURCHASE
    shares = shares_of(change, project)
    return replace(
        event,
        tax_bp=shares.tax_bp,
        commission_bp=shares.commission_bp,
        period_type=change.transaction.period_type if change.transaction else None,
        is_family_share=change.transaction.family_share if change.transaction else False,
        expires_at=None if one_time else change.expires_at,
        renewal_number=change.renewal_number,
    )


def _with_own(event: Event, change: Change, row: _Row) -> Event:
    """The fields that one type alone has."""
    reason = row.reason or change.reason or Reason.UNKNOWN
    match event.type:
        case EventType.RENEWAL:
            event = replace(event, is_trial_conversion=change.trial_conversion)
        case EventType.CANCELLATION:
            event = replace(event, cancel_reason=reason, refund_id=_refund_id(change))
        case EventType.REFUND_REVERSED:
            event = replace(event, refund_id=_refund_id(change))
        case EventType.EXPIRATION:
            event = replace(event, expiration_reason=reason)
        case EventType.BILLING_ISSUE:
            event = replace(event, grace_expires_at=change.grace_expires_at)
        case EventType.PRODUCT_CHANGE:
            event = replace(event, new_product_id=change.new_product_id)
        case EventType.SUBSCRIPTION_PAUSED:
            event = replace(event, auto_resume_at=change.auto_resume_at)
        case _:
            pass
    return event


def _refund_id(change: Change) -> str | None:
    return change.refund.refund_id if change.refund else None


def _transfer(event: Event, change: Change) -> Event:
    """To all ids of whoever gets the purchase, the one that it was posted for first. Of the other side
    only the id that it was tracked for is known here: its record is another customer's."""
    if change.transferred_from is None or change.transferred_to is None:
        raise MalformedError("a transfer without its two sides")
    others = (each for each in event.aliases if each != change.transferred_to)
    return replace(
        event,
        transferred_from=(change.transferred_from,),
        transferred_to=(change.transferred_to, *others),
    )
