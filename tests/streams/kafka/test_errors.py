"""aiokafka's errors as ours: said once, by what to do next."""

import pytest
from aiokafka import errors as foreign

from streams.contracts.errors import (
    ConfigError,
    StoreNotificationsError,
    TransientError,
    UnencodableError,
)
from streams.kafka.errors import our_errors, translate


def test_an_error_that_names_its_type_is_not_named_twice() -> None:
    away = translate(foreign.KafkaConnectionError("no way to 127.0.0.1:1"), "connecting")
    assert str(away).startswith("connecting: KafkaConnectionError: no way to 127.0.0.1:1: ")
    refused = translate(ConnectionRefusedError("refused"), "connecting")
    assert str(refused) == "connecting: ConnectionRefusedError refused"


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (foreign.MessageSizeTooLargeError(), UnencodableError),
        (foreign.SaslAuthenticationFailed(), ConfigError),
        (foreign.UnknownTopicOrPartitionError(), ConfigError),
        (foreign.NotLeaderForPartitionError(), TransientError),
        (TimeoutError(), TransientError),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_each_becomes_what_says_what_to_do(
    error: Exception, ours: type[StoreNotificationsError]
) -> None:
    with pytest.raises(ours, match=r"^asking: "), our_errors("asking"):
        raise error
