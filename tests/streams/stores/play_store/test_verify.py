"""Pushes: from our own subscription, about our own app, exactly one thing."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from deploy.demo.payloads import play_store
from streams.contracts.errors import (
    ConfigError,
    KeyMissingError,
    MalformedError,
    RejectedError,
    SignatureError,
    WrongAppError,
)
from streams.contracts.project import Keyring
from streams.contracts.purchase import Notification, Pointer
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment
from streams.stores import STORES
from tests.streams.stores.signing import (
    APP,
    AUDIENCE,
    BUNDLE_ID,
    ISSUER,
    KEYRING,
    NOW,
    PLAY_STORE,
    PUSHER,
    SUBSCRIPTION,
    google_raw,
    with_options,
)

ADAPTER = STORES[PLAY_STORE]
RENEWED = play_store.developer_notification(BUNDLE_ID, NOW, play_store.subscription(2, "token-1"))
CHECK = play_store.developer_notification(BUNDLE_ID, NOW, play_store.test())


def pushed(message: object, subscription: str = SUBSCRIPTION) -> RawNotification:
    """A push with a genuine token and any message."""
    body = orjson.dumps({"message": message, "subscription": subscription})
    return replace(google_raw(RENEWED), body=body)


def with_data(data: bytes) -> RawNotification:
    return pushed({"data": b64encode(data).decode(), "messageId": "1"})


def with_notice(**changes: object) -> RawNotification:
    notice: dict[str, Any] = {**RENEWED}
    notice.update(changes)
    return with_data(orjson.dumps(notice))


def with_header(value: str) -> RawNotification:
    return replace(google_raw(RENEWED), request_headers=(("authorization", value),))


ATTACKS: dict[str, tuple[Callable[[], RawNotification], type[RejectedError], str]] = {
    "no token": (
        lambda: replace(google_raw(RENEWED), request_headers=()),
        SignatureError,
        "no bearer",
    ),
    "a password": (lambda: with_header("Basic cHVzaGVy"), SignatureError, "no bearer"),
    "a token that is none": (lambda: with_header("Bearer x"), MalformedError, "segments"),
    "another account": (
        lambda: google_raw(
            RENEWED, token=ISSUER.token(audience=AUDIENCE, email="a@b.example", at=NOW)
        ),
        SignatureError,
        "account",
    ),
    "another audience": (
        lambda: google_raw(
            RENEWED, token=ISSUER.token(audience="https://else.example", email=PUSHER, at=NOW)
        ),
        SignatureError,
        "audience",
    ),
    "another subscription": (
        lambda: pushed({"data": "e30=", "messageId": "1"}, "projects/evil/subscriptions/s"),
        WrongAppError,
        "evil",
    ),
    "another app": (
        lambda: with_notice(packageName="com.example.other"),
        WrongAppError,
        "com.example.other",
    ),
    "two things at once": (
        lambda: with_notice(testNotification={"version": "1.0"}),
        MalformedError,
        "more than one",
    ),
    "nothing": (
        lambda: with_notice(subscriptionNotification=None),
        MalformedError,
        "about nothing",
    ),
    "two new things": (
        lambda: with_data(
            orjson.dumps(
                {
                    "packageName": BUNDLE_ID,
                    "eventTimeMillis": "1",
                    "aNotification": {},
                    "bNotification": {},
                }
            )
        ),
        MalformedError,
        "about nothing",
    ),
    "no base64": (lambda: pushed({"data": "%%%", "messageId": "1"}), MalformedError, "base64"),
    "base64 of urls": (
        lambda: pushed({"data": "-_-_", "messageId": "1"}),
        MalformedError,
        "base64",
    ),
    "base64 with a line break": (
        lambda: pushed({"data": "e30=\n", "messageId": "1"}),
        MalformedError,
        "base64",
    ),
    "data that is no JSON": (lambda: with_data(b"{"), MalformedError, "message.data: not JSON"),
    "data that is a list": (
        lambda: with_data(b"[]"),
        MalformedError,
        "message.data: expected an object",
    ),
    "no message id": (
        lambda: pushed({"data": b64encode(orjson.dumps(RENEWED)).decode()}),
        MalformedError,
        "messageId",
    ),
    "no token of a purchase": (
        lambda: with_notice(subscriptionNotification={"version": "1.0", "notificationType": 2}),
        MalformedError,
        "purchaseToken",
    ),
    "a time that is none": (
        lambda: with_notice(eventTimeMillis="noon"),
        MalformedError,
        "eventTimeMillis",
    ),
    "an unwrapped push": (
        lambda: replace(google_raw(RENEWED), body=orjson.dumps(RENEWED)),
        MalformedError,
        "message",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_for_its_own_reason(attack: str) -> None:
    make, kind, text = ATTACKS[attack]

    with pytest.raises(kind, match=text):
        ADAPTER.verify(make(), KEYRING, APP)


def test_a_key_that_is_not_here_yet_is_asked_for() -> None:
    with pytest.raises(KeyMissingError) as missing:
        ADAPTER.verify(google_raw(RENEWED), Keyring(), APP)

    assert (missing.value.issuer, missing.value.key_id) == (ISSUER.name, ISSUER.newest)


def test_another_issuer_is_for_a_demo_app_only() -> None:
    options = dict(APP.store(PLAY_STORE).options, issuer="http://127.0.0.1:9999")

    ADAPTER.check(options, demo=True)
    with pytest.raises(ConfigError, match="issuer"):
        ADAPTER.check(options, demo=False)


def test_a_demo_apps_own_issuer_is_trusted_and_google_is_not() -> None:
    app = with_options(PLAY_STORE, issuer="http://127.0.0.1:9999")

    with pytest.raises(SignatureError, match="issuer"):
        ADAPTER.verify(google_raw(RENEWED), KEYRING, app)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"package_name": ""}, "package_name"),
        ({"audience": None}, "audience"),
        ({"service_account": ""}, "service_account"),
        ({"subscription": "play"}, "projects/"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        ADAPTER.check({**APP.store(PLAY_STORE).options, **options}, demo=False)


def test_a_secret_for_a_store_that_has_none_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="secrets"):
        ADAPTER.check(APP.store(PLAY_STORE).options, demo=False, secrets=("s",))


@pytest.mark.parametrize(
    ("of_token", "told"),
    [
        ((Environment.SANDBOX,), Environment.SANDBOX),
        ((Environment.SANDBOX, Environment.PRODUCTION), Environment.PRODUCTION),
    ],
)
def test_the_connection_check_is_of_the_tokens_environment_production_first(
    of_token: tuple[Environment, ...], told: Environment
) -> None:
    message = replace(google_raw(CHECK), environments=of_token)

    (decoded,) = ADAPTER.decode(ADAPTER.verify(message, KEYRING, APP), APP)

    assert isinstance(decoded, Notification)
    assert decoded.connection_check
    assert decoded.purchase_key == f"tidepool/play_store/{told}/-"


def test_a_pointer_says_every_environment_that_the_purchase_may_be_of() -> None:
    (decoded,) = ADAPTER.decode(ADAPTER.verify(google_raw(RENEWED), KEYRING, APP), APP)

    assert isinstance(decoded, Pointer)
    assert decoded.environments == (Environment.PRODUCTION, Environment.SANDBOX)


def test_a_member_that_is_new_to_us_is_kept_by_its_own_name() -> None:
    message = with_data(
        orjson.dumps(
            {"packageName": BUNDLE_ID, "eventTimeMillis": "1", "loyaltyNotification": {"n": 1}}
        )
    )

    (decoded,) = ADAPTER.decode(ADAPTER.verify(message, KEYRING, APP), APP)

    assert isinstance(decoded, Notification)
    assert (decoded.type, decoded.signal) == ("loyaltyNotification", "unknown")


@pytest.mark.parametrize("time", [1793527200000, "1793527200000"], ids=["a number", "digits"])
def test_a_time_may_be_digits_or_a_number(time: object) -> None:
    (decoded,) = ADAPTER.decode(
        ADAPTER.verify(with_notice(eventTimeMillis=time), KEYRING, APP), APP
    )

    assert isinstance(decoded, Pointer)
    assert decoded.occurred_at.isoformat() == "2026-11-01T10:00:00+00:00"


def test_either_spelling_of_the_message_id_will_do() -> None:
    data = b64encode(orjson.dumps(RENEWED)).decode()
    message = pushed({"data": data, "message_id": "77"})

    (decoded,) = ADAPTER.decode(ADAPTER.verify(message, KEYRING, APP), APP)

    assert isinstance(decoded, Pointer)
    assert decoded.notification_id == "77"
