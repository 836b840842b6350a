"""aiokafka's errors as ours: said once, by what to do next."""

import logging

import pytest
from aiokafka import errors as foreign
from aiokafka.client import AIOKafkaClient

from streams.contracts.errors import (
    ConfigError,
    StoreNotificationsError,
    TransientError,
    UnencodableError,
)
from streams.kafka.errors import our_errors, translate
from tests.conftest import free_ports


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


async def test_why_a_broker_is_not_reached_is_told() -> None:
    client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{free_ports(1)[0]}")
    try:
        with (
            pytest.raises(TransientError, match=r"ConnectionRefusedError.*: is the broker of SN_"),
            our_errors("connecting"),
        ):
            await client.bootstrap()
    finally:
        await client.close()


async def test_a_wrong_password_is_a_wrong_setting_and_no_broker_to_wait_for() -> None:
    """aiokafka logs why, and raises that it could not: as `bootstrap` does."""
    refused = foreign.SaslAuthenticationFailed("Invalid username or password")
    logging.getLogger("aiokafka").error('Unable connect to "%s:%s": %s', "broker", 9092, refused)
    unreached = foreign.KafkaConnectionError("Unable to bootstrap from [('broker', 9092)]")

    told = translate(unreached, "connecting")
    assert isinstance(told, ConfigError)
    assert "Invalid username or password: see SN_KAFKA_MECHANISM" in str(told)
    assert isinstance(translate(unreached, "connecting"), TransientError), "that was another time"
