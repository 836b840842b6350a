"""How the period of a message's transaction stands: access, renewal, and why it ended.

`status` and the renewal info describe the purchase's present run. They are read only when the
transaction is of that run: when the type is always about the newest transaction, or the transaction
had not ended when Apple signed the message.

A choice: a resubscription whose EXPIRED was lost makes no end up. Which period it would end depends on
the messages that are known by then (a renewal may still be on its way), so the same history would give
other events in another order. Apple keeps the lost message for 180 days, and `streams backfill` brings
it: it is told once, with its own reason, and moves nothing of the new period.
"""

from typing import NamedTuple

from streams.contracts.snapshot import Standing
from streams.contracts.words import Access, Consent, Reason
from streams.stores.app_store.claims import Message, Renewal, Transaction
from streams.stores.moments import at_ms, at_ms_or_none

# Types whose transaction is the newest one of its purchase.
_OF_NEWEST = frozenset(
    {
        *("SUBSCRIBED", "DID_RENEW", "DID_CHANGE_RENEWAL_PREF", "DID_CHANGE_RENEWAL_STATUS"),
        *("OFFER_REDEEMED", "DID_FAIL_TO_RENEW", "GRACE_PERIOD_EXPIRED", "EXPIRED"),
        *("PRICE_INCREASE", "RENEWAL_EXTENDED"),
    }
)
_STATUSES = {
    1: Access.ACTIVE,
    2: Access.EXPIRED,
    3: Access.RETRY,
    4: Access.GRACE,
    5: Access.REVOKED,
}
# Where the type itself says more than `status`, which may be missing.
_BY_TYPE = {
    ("DID_FAIL_TO_RENEW", ""): Access.RETRY,
    ("DID_FAIL_TO_RENEW", "GRACE_PERIOD"): Access.GRACE,
    ("GRACE_PERIOD_EXPIRED", ""): Access.RETRY,
}
# The renewal info goes on saying it in later periods, so only the message of its own counts.
_CONSENTS = {
    ("PRICE_INCREASE", "PENDING"): Consent.ASKED,
    ("PRICE_INCREASE", "ACCEPTED"): Consent.GIVEN,
}
_GRANTING = frozenset({"SUBSCRIBED", "DID_RENEW", "REFUND_REVERSED", "RENEWAL_EXTENDED"})


class _End(NamedTuple):
    """`auto_renew` None: still on, it only failed. RETRY rather than EXPIRED where a charge failed,
    so that the failure is told though its own message was lost."""

    access: Access
    auto_renew: bool | None
    reason: Reason


_UNKNOWN_END = _End(Access.EXPIRED, None, Reason.UNKNOWN)
_ENDS = {
    1: _End(Access.EXPIRED, False, Reason.UNSUBSCRIBE),
    2: _End(Access.RETRY, None, Reason.BILLING_ERROR),
    3: _End(Access.EXPIRED, False, Reason.PRICE_INCREASE),
    4: _End(Access.EXPIRED, False, Reason.DEVELOPER_INITIATED),
    5: _UNKNOWN_END,
}  # by expirationIntent
_REASONS = {Access.RETRY: Reason.BILLING_ERROR, Access.REVOKED: Reason.UNKNOWN}
_INTENTS = {"VOLUNTARY": 1, "BILLING_RETRY": 2, "PRICE_INCREASE": 3, "PRODUCT_NOT_FOR_SALE": 4}


def standing(message: Message, transaction: Transaction) -> tuple[Standing, ...]:
    """None where the message says nothing of the period's standing."""
    outer = message.outer
    if outer.notification_type == "REVOKE" or transaction.revocation_date is not None:
        return _revoked(message, transaction)
    running = (transaction.expires_date or 0) > outer.signed_date
    if transaction.is_upgraded or not (running or outer.notification_type in _OF_NEWEST):
        return ()
    if outer.notification_type == "EXPIRED" or _access(message) is Access.EXPIRED:
        return (_expired(message, transaction),)
    return (_running(message, transaction),)


def _revoked(message: Message, transaction: Transaction) -> tuple[Standing, ...]:
    """Money back, or family sharing stopped, while the period ran. One that was over loses nothing,
    and one that an upgrade cut was over."""
    revoked_at = transaction.revocation_date or message.outer.signed_date
    ended = transaction.expires_date is not None and revoked_at >= transaction.expires_date
    if ended or transaction.is_upgraded:
        return ()
    shared = transaction.in_app_ownership_type == "FAMILY_SHARED"
    family = shared or message.outer.notification_type == "REVOKE"
    return (
        _of_period(
            transaction,
            access=Access.REVOKED,
            auto_renew=False if family else None,
            reason=Reason.UNKNOWN if family else Reason.CUSTOMER_SUPPORT,
            ended_at_ms=revoked_at,
        ),
    )


def _expired(message: Message, transaction: Transaction) -> Standing:
    """As the reason has it, whatever the renewal info says of renewal by now: an answer of Apple's API,
    or a message of another type, may be the first to tell of the end."""
    end = _ENDS.get(_intent(message), _UNKNOWN_END)
    return _of_period(
        transaction,
        access=end.access,
        auto_renew=end.auto_renew,
        reason=end.reason,
        renewal=message.renewal,
    )


def _running(message: Message, transaction: Transaction) -> Standing:
    renewal = message.renewal
    status = renewal.auto_renew_status if renewal else None
    access = _access(message)
    return _of_period(
        transaction,
        access=access,
        auto_renew=None if status is None else status == 1,
        reason=_REASONS.get(access) if access is not None else None,
        product_changed=message.outer.subtype == "UPGRADE",
        renewal=renewal,
        consent=_CONSENTS.get((message.outer.notification_type, message.outer.subtype)),
    )


def _access(message: Message) -> Access | None:
    outer = message.outer
    return _BY_TYPE.get((outer.notification_type, outer.subtype)) or _by_status(message)


def _by_status(message: Message) -> Access | None:
    outer = message.outer
    status = outer.data.status if outer.data else None
    if status in _STATUSES:
        return _STATUSES[status]
    return Access.ACTIVE if outer.notification_type in _GRANTING else None


def _intent(message: Message) -> int:
    """Why it expired: by the subtype, else by the renewal info; 0 where neither says."""
    said = message.renewal.expiration_intent if message.renewal else None
    return _INTENTS.get(message.outer.subtype, said or 0)


def _of_period(
    transaction: Transaction,
    *,
    access: Access | None,
    auto_renew: bool | None,
    reason: Reason | None,
    product_changed: bool = False,
    renewal: Renewal | None = None,
    ended_at_ms: int | None = None,
    consent: Consent | None = None,
) -> Standing:
    grace = renewal.grace_period_expires_date if renewal else None
    return Standing(
        period=transaction.transaction_id,
        product_id=transaction.product_id,
        purchased_at=at_ms(transaction.purchase_date),
        expires_at=at_ms_or_none(transaction.expires_date),
        auto_renew=auto_renew,
        next_product_id=renewal.auto_renew_product_id if renewal else None,
        product_changed=product_changed,
        access=access,
        grace_expires_at=at_ms_or_none(grace),
        ended_at=at_ms_or_none(ended_at_ms),
        consent=consent,
        reason=reason,
    )
