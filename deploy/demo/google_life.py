"""What Google's API answers from a happening on, and what it publishes of it.

A purchase's first token is its subscription's id; each change of product gives it another one, linked
to the one before. The first order of a token has a plain id, the renewals count on behind it.
"""

from datetime import datetime
from zlib import crc32

from deploy.demo.happening import SANDBOX, Happening, Kind, Product, Term
from deploy.demo.payloads import play_store, play_store_answers
from deploy.demo.payloads.play_store import Message
from deploy.demo.payloads.play_store_answers import Answer
from deploy.demo.put import Put

GRANTING = frozenset({Kind.TRIAL, Kind.STARTED, Kind.RENEWED, Kind.RETURNED, Kind.CHANGED})
_CHANGING = frozenset({Kind.CHANGED, Kind.CHANGE_PLANNED})
_NUMBERS = {
    Kind.TRIAL: 4,
    Kind.STARTED: 4,
    Kind.CHANGED: 4,
    Kind.CHANGE_PLANNED: 4,
    Kind.RENEWED: 2,
    Kind.RETURNED: 1,
    Kind.RENEWAL_OFF: 3,
    Kind.RENEWAL_ON: 7,
    Kind.GRACE_ENDED: 5,
    Kind.EXPIRED: 13,
}
_REGIONS = {"USD": "US", "EUR": "DE", "GBP": "GB", "JPY": "JP"}
_HOLD, _GRACE, _REVOKED, _EXPIRED = 5, 6, 12, 13
_SUBSCRIPTION = 1  # productType of a void
FLEETING = frozenset(
    {Kind.RENEWAL_OFF, Kind.RENEWAL_ON, Kind.CHARGE_FAILED, Kind.GRACE_ENDED, Kind.CHANGE_PLANNED}
)
"""What the next answer does not show any more: who did not ask in time never learns of it."""


def token(happening: Happening, changes: int | None = None) -> str:
    number = happening.changes if changes is None else changes
    root = happening.subscription.id
    return root if number == 0 else f"{root}.{number}"


def messages(happening: Happening) -> list[Message]:
    """The members of what Google publishes, in its order."""
    now = token(happening)
    match happening.kind:
        case Kind.BOUGHT:
            return [play_store.one_time(1, now, happening.term.product.product_id)]
        case Kind.CHARGE_FAILED:
            number = _HOLD if happening.access_ends else _GRACE
            return [play_store.subscription(number, now)]
        case Kind.REFUNDED:
            void = play_store.voided(now, order_id(happening), _SUBSCRIPTION)
            ends = [play_store.subscription(number, now) for number in (_REVOKED, _EXPIRED)]
            return [void, *ends]
        case _:
            told = [play_store.subscription(_NUMBERS[happening.kind], now)]
            if happening.kind in _CHANGING:
                old = token(happening, happening.changes - 1)
                told.append(play_store.subscription(_EXPIRED, old))
            return told


def puts(happening: Happening) -> list[Put]:
    """What its API answers from then on."""
    if happening.kind is Kind.BOUGHT:
        return _product(happening)
    own = Put("subscriptions", token(happening), _answer(happening))
    orders = [_order(happening)] if happening.kind in GRANTING | {Kind.REFUNDED} else []
    return [*orders, *_voided(happening), *_replaced(happening), own]


def _voided(happening: Happening) -> list[Put]:
    if happening.kind is not Kind.REFUNDED:
        return []
    name = order_id(happening)
    return [Put("voids", name, play_store_answers.void(token(happening), name, happening.at))]


def order_id(happening: Happening) -> str:
    """Of the last term that was granted; a planned change leaves it with the older token."""
    number, planned = happening.term.number, happening.term.number < happening.changed_from
    changes = happening.changes - 1 if planned else happening.changes
    return _order_id(happening, changes, number - (1 if planned else happening.changed_from))


def _order_id(happening: Happening, changes: int, renewals: int) -> str:
    digits = f"{crc32(f'{happening.subscription.id}/{changes}'.encode()):010}"
    base = f"GPA.3{digits[:3]}-{digits[3:7]}-{digits[6:]}-{digits[:5]}"
    return base if renewals == 0 else f"{base}..{renewals - 1}"


def _product(happening: Happening) -> list[Put]:
    term, name = happening.term, order_id(happening)
    paid = play_store_answers.money(term.price.micros, term.price.currency)
    own = token(happening)
    sold = play_store_answers.order(name, own, term.product.product_id, paid, happening.at)
    region = _REGIONS[term.price.currency]
    bought = play_store_answers.product(
        term.product.product_id, name, happening.at, regionCode=region
    )
    test = {"testPurchaseContext": {"fopType": "TEST"}} if _is_test(happening) else {}
    return [Put("orders", name, sold), Put("products", own, bought | test)]


def _order(happening: Happening) -> Put:
    term, name = happening.term, order_id(happening)
    product_id, base_plan = split(term.product)
    given = play_store_answers.order(
        name,
        token(happening),
        product_id,
        play_store_answers.money(term.price.micros, term.price.currency),
        max(happening.at, term.starts_at) if happening.kind in GRANTING else term.starts_at,
        period=(term.starts_at, term.ends_at),
        base_plan=base_plan,
        phase="freeTrialDetails" if term.is_trial else "baseDetails",
    )
    if happening.kind is Kind.REFUNDED:
        given = play_store_answers.refunded(given, happening.at)
    return Put("orders", name, given)


def _answer(happening: Happening) -> Answer:
    state, more = _state(happening)
    linked: Answer = {}
    if happening.changes:
        linked = {"linkedPurchaseToken": token(happening, happening.changes - 1)}
    return play_store_answers.subscription(
        state,
        [_line(happening)],
        happening.changed_at or happening.began_at,
        regionCode=_REGIONS[happening.term.price.currency],
        **more,
        **linked,
        **({"testPurchase": {}} if _is_test(happening) else {}),
        externalAccountIdentifiers={"obfuscatedExternalAccountId": happening.subscription.customer},
    )


def _state(happening: Happening) -> tuple[str, Answer]:
    match happening.kind:
        case Kind.RENEWAL_OFF:
            return "CANCELED", play_store_answers.canceled_by("user", happening.at)
        case Kind.CHARGE_FAILED:
            return ("ON_HOLD" if happening.access_ends else "IN_GRACE_PERIOD"), {}
        case Kind.GRACE_ENDED:
            return "ON_HOLD", {}
        case Kind.EXPIRED:
            return "EXPIRED", play_store_answers.canceled_by("user", happening.at)
        case Kind.REFUNDED:
            return "EXPIRED", play_store_answers.canceled_by("developer")
        case _:
            return "ACTIVE", {}


def _line(happening: Happening) -> Answer:
    term = happening.term
    planned = happening.changes > 0 and term.number < happening.changed_from
    product_id, base_plan = split(term.product)
    price = happening.next_product.prices[term.price.currency]
    return play_store_answers.line_item(
        product_id,
        _expiry(happening, term),
        order_id=None if planned else order_id(happening),
        base_plan=base_plan,
        renews=happening.renews,
        phase="freeTrial" if term.is_trial else "basePrice",
        price=play_store_answers.money(price, term.price.currency),
        **_replacement(happening, planned=planned),
    )


def _expiry(happening: Happening, term: Term) -> datetime:
    if happening.kind in {Kind.GRACE_ENDED, Kind.REFUNDED}:
        return happening.at
    return happening.grace_until or term.ends_at


def _replacement(happening: Happening, *, planned: bool) -> Answer:
    """A planned change was one by its mode, for as long as Google keeps it."""
    if planned:
        product_id, base_plan = split(happening.next_product)
        return {"deferredItemReplacement": {"productId": product_id, "basePlanId": base_plan}}
    older = happening.changed_product
    if older is None:
        return {}
    product_id, base_plan = split(older)
    deferred = happening.next_product.prices["USD"] < older.prices["USD"]
    mode = "DEFERRED" if deferred else "CHARGE_FULL_PRICE"
    return {
        "itemReplacement": {
            "productId": product_id,
            "basePlanId": base_plan,
            "replacementMode": mode,
        }
    }


def _replaced(happening: Happening) -> list[Put]:
    """The older token, once a newer one has taken its place."""
    if happening.kind not in _CHANGING or happening.changed_product is None:
        return []
    product_id, base_plan = split(happening.changed_product)
    granted = happening.term.number - (1 if happening.kind is Kind.CHANGED else 0)
    item = play_store_answers.line_item(
        product_id,
        happening.at,
        order_id=_order_id(happening, happening.changes - 1, granted - 1),
        base_plan=base_plan,
        renews=False,
    )
    answer = play_store_answers.subscription(
        "EXPIRED",
        [item],
        happening.began_at,
        **play_store_answers.replaced(),
        **({"testPurchase": {}} if _is_test(happening) else {}),
    )
    return [Put("subscriptions", token(happening, happening.changes - 1), answer)]


def split(product: Product) -> tuple[str, str]:
    """The subscription and its base plan."""
    product_id, _, base_plan = product.product_id.partition(":")
    return product_id, base_plan


def _is_test(happening: Happening) -> bool:
    return happening.subscription.environment == SANDBOX
