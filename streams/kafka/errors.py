"""aiokafka's errors as ours, by what to do next; every module of this package translates with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors as foreign

from streams.contracts.errors import (
    ConfigError,
    StoreNotificationsError,
    TransientError,
    UnencodableError,
)
from streams.kafka.refusals import REFUSALS

FOREIGN = (
    foreign.KafkaError,
    foreign.ConsumerStoppedError,
    OSError,
)  # a TimeoutError is an OSError
TOPICS_COMMAND = "python -m streams topics"


class FencedInstanceIdError(foreign.BrokerResponseError):  # type: ignore[misc] # aiokafka is untyped
    """The broker's answer to a member whose seat somebody else has taken; aiokafka has no name for it."""

    errno = 82
    message = "FENCED_INSTANCE_ID"


foreign.kafka_errors[FencedInstanceIdError.errno] = FencedInstanceIdError

# aiokafka raises that one as the text of another.
_FENCED = (
    ": another process has taken the seat of this one: unless it was just started in its place, two"
    " have the same SN_SLOT; give each its own"
)
_TOO_LARGE = (foreign.MessageSizeTooLargeError, foreign.RecordListTooLargeError)
_NOT_ALLOWED = (
    foreign.TopicAuthorizationFailedError,
    foreign.GroupAuthorizationFailedError,
    foreign.ClusterAuthorizationFailedError,
    foreign.AuthenticationFailedError,
    foreign.AuthenticationMethodNotSupported,
    foreign.UnsupportedSaslMechanismError,
    foreign.SaslAuthenticationFailed,
)
_NO_TOPIC = (foreign.UnknownTopicOrPartitionError, foreign.InvalidTopicError)


class OffsetGapError(StoreNotificationsError):
    """Offsets jumped where none may be missing: end the process, a restart reads from the commit."""


def translate(error: Exception, doing: str) -> StoreNotificationsError:
    """What a foreign error means for who was `doing` something."""
    if isinstance(error, TimeoutError):
        return TransientError(f"{doing}: the broker did not answer in time")
    text = f"{doing}: {_named(error)}"
    if isinstance(error, _TOO_LARGE):
        return UnencodableError(f"{text}: larger than a record may be", reason="too_large")
    if isinstance(error, _NOT_ALLOWED):
        return ConfigError(f"{text}: allow it to the user of SN_KAFKA_USERNAME, or use another")
    if isinstance(error, _NO_TOPIC):
        return ConfigError(f"{text}: a topic is missing, run {TOPICS_COMMAND}")
    if isinstance(error, foreign.KafkaConnectionError):
        return _unreached(text)
    return TransientError(text + (_FENCED if FencedInstanceIdError.__name__ in text else ""))


def _unreached(text: str) -> StoreNotificationsError:
    why = REFUSALS.take()
    if isinstance(why, _NOT_ALLOWED):
        return ConfigError(
            f"{text}: {_named(why)}: see SN_KAFKA_MECHANISM, SN_KAFKA_USERNAME and SN_KAFKA_PASSWORD"
        )
    reason = f" ({_named(why)})" if why is not None else ""
    return TransientError(
        f"{text}{reason}: is the broker of SN_KAFKA up, reached from here, and does it speak"
        " SN_KAFKA_SECURITY?"
    )


def _named(error: BaseException) -> str:
    """With its type, which most of aiokafka's errors tell by themselves."""
    name, text = type(error).__name__, str(error)
    return text if name in text else f"{name} {text}".rstrip()


@contextmanager
def our_errors(doing: str) -> Iterator[None]:
    """Inside, aiokafka's errors and timeouts leave as ours."""
    try:
        yield
    except FOREIGN as error:
        raise translate(error, doing) from error
