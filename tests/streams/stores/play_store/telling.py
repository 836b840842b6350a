"""Google's lives for tests: each message with what the API answers then, told to a purchase's inbox."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.demo.payloads import play_store_answers as answers
from deploy.demo.payloads.play_store_answers import Answer
from streams.contracts.change import Change, ChangeKind
from streams.contracts.codec import decode, encode
from streams.contracts.ids import NotificationId
from streams.contracts.project import Project
from streams.contracts.purchase import Observation, Pointer, PurchaseAlias
from streams.stores.play_store.answers import Order, Seen, SubscriptionAnswer, Void
from streams.stores.play_store.observe import Chain, subscription
from streams.stores.play_store.signals import ONE_TIME, SUBSCRIPTION, VOIDED
from tests.streams.lookup.google import BOTH
from tests.streams.lookup.test_pointers import POINTER
from tests.streams.stores.signing import APP
from tests.streams.track.histories.inbox import Inbox, posts

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY, MONTH = timedelta(days=1), timedelta(days=30)
BASE = "GPA.3300-1111-2222-33333"
EURO = "EUR"
ADD_ON = "extra"
PROJECT = Project(name="test", sha256="0" * 64, apps=(APP,))
Record = Observation | PurchaseAlias


def order_id(renewals: int, base: str = BASE) -> str:
    return base if renewals == 0 else f"{base}..{renewals - 1}"


def order(
    renewals: int = 0,
    *,
    micros: int = 4_990_000,
    base: str = BASE,
    **more: Any,  # noqa: ANN401 - of the payload
) -> Answer:
    """The paid order of the month that begins after so many renewals."""
    began = START + renewals * MONTH
    given = {"period": (began, began + MONTH), **more}
    paid = answers.money(micros, EURO)
    return answers.order(order_id(renewals, base), "token-1", "pro", paid, began, **given)


@dataclass(slots=True)
class Token:
    """One token at Google: what its API answers now. Change it, then `hear` a message."""

    token: str = "token-1"
    state: str = "ACTIVE"
    renewals: int = 0
    base: str = BASE
    started_at: datetime = START
    expires_at: datetime | None = None
    renews: bool | None = True
    orders: list[Answer] = field(default_factory=list)
    item: Answer = field(default_factory=dict)
    more: Answer = field(default_factory=dict)
    product: str = "pro"
    has_order: bool = True
    voids: list[Answer] = field(default_factory=list)
    further: list[Answer] = field(default_factory=list)
    add_on: Answer | None = None  # members of its line, beside those of every line

    def seen(self) -> Seen:
        """As lookup would have it, through the bytes of the answers."""
        ends_at = self.expires_at or START + (self.renewals + 1) * MONTH
        newest = order_id(self.renewals, self.base) if self.has_order else None
        line = answers.line_item(
            self.product, ends_at, order_id=newest, renews=self.renews, **self.item
        )
        lines = [line, *self.further]
        if self.add_on is not None:
            extra = answers.line_item(
                ADD_ON, ends_at, order_id=newest, renews=self.renews, **self.add_on
            )
            lines.append(extra)
        told = answers.subscription(self.state, lines, self.started_at, **self.more)
        return Seen(
            token=self.token,
            answer=decode(encode(told), SubscriptionAnswer),
            orders=tuple(decode(encode(one), Order) for one in self.orders),
            voids=tuple(decode(encode(one), Void) for one in self.voids),
        )


def pointer(number: int, token: str, at: datetime, *, kind: str = "subscription") -> Pointer:
    """The message of that number."""
    tables = {"subscription": SUBSCRIPTION, "one_time": ONE_TIME}
    word = VOIDED if kind == "voided" else tables[kind][number]
    return replace(
        POINTER,
        purchase_id=token,
        environments=BOTH,
        type=word.name,
        signal=word.signal,
        notification_id=NotificationId(f"{token}/{word.name}/{at.timestamp():.0f}"),
        occurred_at=at,
        received_at=at,
    )


def hear(
    number: int,
    token: Token,
    at: datetime,
    *,
    before: Token | None = None,
    roots: Sequence[str] = (),
    kind: str = "subscription",
    name: str = "",
) -> list[Record]:
    """What lookup makes of a message at that time, a second after it."""
    tokens = (token.token, *((before.token,) if before else ()), *roots)
    chain = Chain(tokens=tokens, before=before.seen() if before else None)
    asked = pointer(number, token.token, at, kind=kind)
    asked = replace(asked, notification_id=NotificationId(asked.notification_id + name))
    return list(subscription(asked, token.seen(), chain, at + timedelta(seconds=1)))


def refresh(
    asked: Pointer, seen: Seen, before: Seen | None, roots: Sequence[str] = ()
) -> list[Record]:
    """What lookup makes of a due time, at that time."""
    tokens = (seen.token, *((before.token,) if before else ()), *roots)
    return list(subscription(asked, seen, Chain(tokens=tokens, before=before), asked.occurred_at))


def told(records: Sequence[Record]) -> list[Change]:
    """The changes of the purchase that they are about, tracked before the first of them."""
    return Inbox(project=PROJECT).feed([*posts(records), *records]).changes


def words(changes: Sequence[Change]) -> list[str]:
    """`kind` or `kind/REASON`, in order."""
    reasons = {"ended", "renewal_off"}
    return [f"{one.kind}/{one.reason}" if one.kind in reasons else str(one.kind) for one in changes]


END = START + MONTH


def bought(**more: Any) -> Token:  # noqa: ANN401
    return Token(orders=[order()], **more)


def first(token: Token) -> list[Any]:
    return list(hear(4, token, START))


def only(changes: list[Change], kind: ChangeKind) -> Change:
    (found,) = (one for one in changes if one.kind is kind)
    return found


def renewed(**more: Any) -> Token:  # noqa: ANN401
    return Token(renewals=1, orders=[order(), order(1)], **more)
