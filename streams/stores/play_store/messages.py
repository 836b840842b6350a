"""A Pub/Sub push and the developer notification in it, as far as they are read."""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import NamedTuple

from msgspec import Struct, field

from streams.contracts import codec
from streams.contracts.errors import MalformedError
from streams.contracts.words import Environment

_MILLISECONDS = re.compile(r"[0-9]{1,16}")


class _Camel(Struct, frozen=True, kw_only=True, rename="camel"):
    """Base: camel case."""


class PushMessage(_Camel, frozen=True, kw_only=True):
    """`data`: standard base64. Ids come in both spellings."""

    data: str
    message_id: str | None = None
    snake_message_id: str | None = field(name="message_id", default=None)


class Push(Struct, frozen=True, kw_only=True):
    """The body of a wrapped push."""

    message: PushMessage
    subscription: str


class Subscription(_Camel, frozen=True, kw_only=True):
    """`subscription_id` still comes in real traffic but is gone from the documentation."""

    notification_type: int
    purchase_token: str
    subscription_id: str | None = None


class OneTime(_Camel, frozen=True, kw_only=True):
    notification_type: int
    purchase_token: str
    sku: str | None = None


class Voided(_Camel, frozen=True, kw_only=True):
    purchase_token: str
    order_id: str | None = None
    product_type: int | None = None
    refund_type: int | None = None


class PendingRefund(_Camel, frozen=True, kw_only=True):
    """A question, not a refund; it names an order, no purchase."""

    pending_refund_token: str
    order_id: str
    refund_reason: int | None = None


class Test(_Camel, frozen=True, kw_only=True):
    """The console's connection check."""

    version: str | None = None


Member = Subscription | OneTime | Voided | PendingRefund | Test


class Notice(_Camel, frozen=True, kw_only=True):
    """A DeveloperNotification. The time is a string of digits; a number is taken too."""

    package_name: str
    event_time_millis: str | int
    subscription_notification: Subscription | None = None
    one_time_product_notification: OneTime | None = None
    voided_purchase_notification: Voided | None = None
    pending_refund_review_notification: PendingRefund | None = None
    test_notification: Test | None = None

    @property
    def members(self) -> list[Member]:
        """What it is about: exactly one of them in a notification that we know."""
        every = (
            self.subscription_notification,
            self.one_time_product_notification,
            self.voided_purchase_notification,
            self.pending_refund_review_notification,
            self.test_notification,
        )
        return [member for member in every if member is not None]


class Message(NamedTuple):
    """A verified notification: `content` of a VerifiedPayload of this store. `member`: the name of
    a member that is new to us, instead of one."""

    notice: Notice
    member: Member | str
    message_id: str
    occurred_ms: int
    environments: tuple[Environment, ...]


def read_push(body: bytes) -> Push:
    """Raise MalformedError; an unwrapped push (its body the bare data) is one too."""
    return codec.decode(body, Push)


def read_notice(message: PushMessage) -> tuple[Notice, Member | str]:
    """The notification and its one member; raise MalformedError."""
    try:
        data = a2b_base64(message.data.encode(), strict_mode=True)
    except Base64Error as error:
        raise MalformedError(f"message.data is not base64: {error}") from error
    notice = codec.decode(data, Notice, at="message.data")
    if len(notice.members) > 1:
        raise MalformedError("a notification about more than one thing")
    return notice, notice.members[0] if notice.members else _new_member(data)


def _new_member(data: bytes) -> str:
    named = codec.read_json(data).items()
    names = [name for name, value in named if name.endswith("Notification") and value is not None]
    if len(names) != 1:
        raise MalformedError("a notification about nothing")
    return str(names[0])


def message_id(message: PushMessage) -> str:
    """The same in every redelivery."""
    named = message.message_id or message.snake_message_id
    if not named:
        raise MalformedError("a push without messageId")
    return named


def occurred_ms(notice: Notice) -> int:
    """Raise MalformedError when eventTimeMillis is no number."""
    value = notice.event_time_millis
    if isinstance(value, str) and not _MILLISECONDS.fullmatch(value):
        raise MalformedError(f"eventTimeMillis {value[:32]!r} is no number of milliseconds")
    return int(value)
