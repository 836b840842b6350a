"""What Apple knows of one purchase, and the messages it posts of it, decoded by the store's adapter.

Each message says what is true when it is signed: the transaction it is about, and the renewal info
and the status of the present.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from deploy.demo import app_store_api
from deploy.demo.payloads import app_store as apple
from streams.contracts.codec import convert
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.project import App, AppStore
from streams.contracts.purchase import Notification, verified
from streams.contracts.words import Environment, Origin
from streams.stores.app_store import ADAPTER, claims

STORE = StoreName("app_store")
APP = App(
    app_id=AppId("app"),
    name="App",
    stores=(AppStore(store=STORE, options={"bundle_id": "app", "app_apple_id": 1}),),
)
START = datetime(2026, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
RECEIVED_AT = START + 40 * MONTH
"""All of it arrives in one moment, so that nothing is too old for a purchase's parking."""
STEPS = (timedelta(0), timedelta(milliseconds=1), timedelta(hours=1), timedelta(days=2))
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A transaction as Apple knows it now."""

    id: str
    product: str
    purchased_at: datetime
    expires_at: datetime | None
    trial: bool = False
    upgraded: bool = False
    revoked_at: datetime | None = None
    refunds: tuple[dict[str, Any], ...] = ()


class Moment(NamedTuple):
    """What Apple's API answers from then on."""

    at: datetime
    known: app_store_api.Purchase


class Purchase:
    """One purchase as Apple knows it now; `messages` is what it posted of it, `moments` what its API
    would answer, where they are `kept`."""

    def __init__(
        self, draw: st.DrawFn, original: int, *, family: bool = False, kept: bool = False
    ) -> None:
        self._draw = draw
        self._original = original
        self.family = family
        self._kept = kept
        self.messages: list[Notification] = []
        self.moments: list[Moment] = []
        self.terms: list[Term] = []
        self.now = START
        self.status = apple.ACTIVE
        self.auto_renew = True
        self.next_product: str | None = None
        self.intent: int | None = None
        self.grace_until: datetime | None = None

    def draw(self, *choices: Value) -> Value:
        return self._draw(st.sampled_from(choices))

    def maybe(self) -> bool:
        return self._draw(st.booleans())

    @property
    def term(self) -> Term:
        return self.terms[-1]

    def tick(self) -> None:
        """Time passes, often none at all."""
        self.now += self.draw(*STEPS)

    def bought(self, product: str, *, at: datetime | None = None, trial: bool = False) -> None:
        """A new transaction, for a month from `at`; what was pending is over."""
        begun = at or self.now
        self.terms.append(
            Term(
                id=str(self._original + len(self.terms)),
                product=product,
                purchased_at=begun,
                expires_at=begun + MONTH,
                trial=trial,
            )
        )
        self.status, self.auto_renew = apple.ACTIVE, True
        self.next_product = self.intent = self.grace_until = None

    def consumed(self) -> None:
        """A one-time purchase: no end, no renewal."""
        only = Term(id=str(self._original), product="coins", purchased_at=self.now, expires_at=None)
        self.terms.append(only)

    def amend(self, place: int, **fields: Any) -> None:  # noqa: ANN401 - any field of a Term
        """What Apple says of a term from now on."""
        self.terms[place] = replace(self.terms[place], **fields)

    def send(
        self,
        type_: str,
        subtype: str | None = None,
        *,
        about: int = -1,
    ) -> None:
        """Post a notification about a term, the present one unless another is named."""
        term = self.terms[about]
        one_time = term.expires_at is None
        content = apple.notification(
            type_,
            subtype,
            uuid=apple.notification_uuid(self._original, len(self.messages)),
            signed_at=self.now,
            bundle_id="app",
            app_apple_id=1,
            status=None if one_time else self.status,
        )
        message = claims.Message(
            outer=convert(content, claims.Outer),
            environment=Environment.PRODUCTION,
            transaction=convert(self._transaction(term), claims.Transaction),
            renewal=None if one_time else convert(self._renewal(), claims.Renewal),
        )
        self.messages.append(decoded(message))
        if self._kept:
            self._keep(one_time)

    def _keep(self, one_time: bool) -> None:
        known = app_store_api.Purchase(
            transactions={term.id: self._transaction(term) for term in self.terms},
            renewal=None if one_time else self._renewal(),
            status=None if one_time else self.status,
        )
        self.moments.append(Moment(self.now, known))

    def _transaction(self, term: Term) -> apple.Claims:
        revoked = apple.milliseconds(term.revoked_at) if term.revoked_at else None
        items = [{"SKU": "part", "refunds": list(term.refunds)}]
        return apple.transaction(
            transaction_id=term.id,
            original_transaction_id=str(self._original),
            product_id=term.product,
            purchased_at=term.purchased_at,
            expires_at=term.expires_at,
            signed_at=self.now,
            bundle_id="app",
            type_=apple.AUTO_RENEWABLE if term.expires_at else apple.CONSUMABLE,
            price_micros=0 if term.trial else 9_990_000,
            currency="EUR",
            inAppOwnershipType="FAMILY_SHARED" if self.family else "PURCHASED",
            offerType=1 if term.trial else None,
            offerDiscountType="FREE_TRIAL" if term.trial else None,
            isUpgraded=True if term.upgraded else None,
            revocationDate=revoked,
            advancedCommerceInfo={"items": items} if term.refunds else None,
        )

    def _renewal(self) -> apple.Claims:
        return apple.renewal(
            original_transaction_id=str(self._original),
            product_id=self.term.product,
            signed_at=self.now,
            auto_renew=self.auto_renew,
            next_product_id=self.next_product,
            expiration_intent=self.intent,
            grace_expires_at=self.grace_until,
        )


def decoded(message: claims.Message) -> Notification:
    """Through the store's own `decode`, as if verified just now."""
    payload = verified(
        app_id=APP.app_id,
        store=STORE,
        environments=(Environment.PRODUCTION,),
        receipt_id=ReceiptId(f"r-{message.outer.notification_uuid}"),
        received_at=RECEIVED_AT,
        origin=Origin.NOTIFICATION,
        content=message,
    )
    (record,) = ADAPTER.decode(payload, APP)
    assert isinstance(record, Notification)
    return record
