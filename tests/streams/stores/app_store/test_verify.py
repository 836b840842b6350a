"""Whose message it is: another app's, another environment's, an old or a nested forgery."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from streams.contracts.errors import (
    ConfigError,
    MalformedError,
    RejectedError,
    SignatureError,
    UnknownAppError,
    WrongAppError,
)
from streams.contracts.project import App
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment, Origin
from streams.stores.app_store.verify import verify
from tests.streams.stores.app_store.genuine import (
    DAY,
    STRANGER,
    Claims,
    app_data,
    notification,
    other_member,
    renewal,
    tampered,
    transaction,
)
from tests.streams.stores.signing import (
    APP,
    APP_STORE,
    APPLE,
    BUNDLE_ID,
    NOW,
    apple_raw,
    raw,
    with_options,
)

ATTACKS: dict[str, tuple[Callable[[], Claims], type[RejectedError], str, str]] = {
    "another developer's app": (
        lambda: notification(bundleId="com.example.other"),
        WrongAppError,
        "wrong_app",
        "com.example.other",
    ),
    "another app by number": (
        lambda: notification(appAppleId=99),
        WrongAppError,
        "wrong_app",
        "number 99",
    ),
    "no number in production": (
        lambda: notification(appAppleId=None),
        WrongAppError,
        "wrong_app",
        "number None",
    ),
    "signed by Xcode": (
        lambda: notification(environment="Xcode"),
        WrongAppError,
        "environment",
        "Xcode",
    ),
    "signed by a local test": (
        lambda: notification(environment="LocalTesting"),
        WrongAppError,
        "environment",
        "LocalTesting",
    ),
    "production in small letters": (
        lambda: notification(environment="production"),
        WrongAppError,
        "environment",
        "production",
    ),
    "a nested transaction of another app": (
        lambda: notification(signedTransactionInfo=transaction(bundleId="com.example.other")),
        WrongAppError,
        "wrong_app",
        "com.example.other",
    ),
    "a nested transaction of the sandbox": (
        lambda: notification(signedTransactionInfo=transaction(environment="Sandbox")),
        WrongAppError,
        "environment",
        "Sandbox",
    ),
    "a nested renewal of the sandbox": (
        lambda: notification(signedRenewalInfo=renewal(environment="Sandbox")),
        WrongAppError,
        "environment",
        "Sandbox",
    ),
    "a nested renewal of another purchase": (
        lambda: notification(signedRenewalInfo=renewal(originalTransactionId="2002")),
        WrongAppError,
        "wrong_app",
        "another purchase",
    ),
    "a nested transaction by a stranger": (
        lambda: notification(signedTransactionInfo=STRANGER.sign(transaction())),
        SignatureError,
        "signature",
        "not a trusted one",
    ),
    "a nested renewal by a stranger": (
        lambda: notification(signedRenewalInfo=STRANGER.sign(renewal())),
        SignatureError,
        "signature",
        "not a trusted one",
    ),
    "a nested transaction that was changed": (
        lambda: notification(signedTransactionInfo=tampered(APPLE.sign(transaction()))),
        SignatureError,
        "signature",
        "did not sign",
    ),
    "a nested transaction that is no token": (
        lambda: notification(signedTransactionInfo="token"),
        MalformedError,
        "malformed",
        "1 segments",
    ),
    "a nested transaction signed when no certificate was valid": (
        lambda: notification(signedTransactionInfo=transaction(signedDate=0)),
        SignatureError,
        "signature",
        "own time",
    ),
    "no member that names an app": (
        lambda: other_member("data2"),
        MalformedError,
        "malformed",
        "names its app",
    ),
    "a summary of another app": (
        lambda: other_member("summary", environment="Production", bundleId="com.example.other"),
        WrongAppError,
        "wrong_app",
        "com.example.other",
    ),
    "an external purchase of another app": (
        lambda: other_member(
            "externalPurchaseToken", externalPurchaseId="0b7c", bundleId="com.example.other"
        ),
        WrongAppError,
        "wrong_app",
        "com.example.other",
    ),
    "an app transaction of another app": (
        lambda: app_data(bundleId="com.example.other"),
        WrongAppError,
        "wrong_app",
        "com.example.other",
    ),
    "an app transaction of the sandbox": (
        lambda: app_data(receiptType="Sandbox"),
        WrongAppError,
        "environment",
        "Sandbox",
    ),
}


def refusal(message: RawNotification, app: App = APP) -> RejectedError:
    with pytest.raises(RejectedError) as refused:
        verify(message, app)
    return refused.value


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_for_its_own_reason(attack: str) -> None:
    make, kind, reason, text = ATTACKS[attack]

    refused = refusal(apple_raw(make()))

    assert (type(refused), refused.reason) == (kind, reason)
    assert text in str(refused)


def test_a_genuine_notification_names_its_environment_and_where_it_came_from() -> None:
    message = apple_raw(notification())

    payload = verify(message, APP)

    assert payload.environments == (Environment.PRODUCTION,)
    assert (payload.app_id, payload.store) == (APP.app_id, APP_STORE)
    assert (payload.receipt_id, payload.received_at) == (message.receipt_id, message.received_at)


@pytest.mark.parametrize(
    ("signed", "token"), [("Production", Environment.SANDBOX), ("Sandbox", Environment.PRODUCTION)]
)
def test_a_message_of_one_environment_is_refused_at_the_token_of_the_other(
    signed: str, token: Environment
) -> None:
    claims = notification(
        environment=signed,
        signedTransactionInfo=transaction(environment=signed),
        signedRenewalInfo=renewal(environment=signed),
    )

    refused = refusal(replace(apple_raw(claims), environments=(token,)))

    assert refused.reason == "environment"


def test_the_sandbox_needs_no_number_of_the_app() -> None:
    claims = notification(
        environment="Sandbox",
        appAppleId=None,
        signedTransactionInfo=transaction(environment="Sandbox"),
        signedRenewalInfo=renewal(environment="Sandbox"),
    )

    assert verify(apple_raw(claims), APP).environments == (Environment.SANDBOX,)


OLDEST = {Origin.NOTIFICATION: 8 * DAY, Origin.BACKFILL: 181 * DAY}


@pytest.mark.parametrize("origin", OLDEST)
def test_a_message_may_be_as_old_as_apple_delivers_it_and_an_hour_ahead(origin: Origin) -> None:
    for age in (-timedelta(hours=1), timedelta(), OLDEST[origin]):
        message = replace(apple_raw(notification()), received_at=NOW + age, origin=origin)

        assert verify(message, APP).origin is origin


@pytest.mark.parametrize("origin", OLDEST)
def test_a_message_dated_back_or_ahead_is_refused_for_its_age(origin: Origin) -> None:
    for age in (-timedelta(hours=1, seconds=1), OLDEST[origin] + timedelta(seconds=1)):
        message = replace(apple_raw(notification()), received_at=NOW + age, origin=origin)

        refused = refusal(message)

        assert (type(refused), refused.reason) == (SignatureError, "age")


def test_a_demo_app_may_widen_how_old_a_message_is() -> None:
    message = replace(apple_raw(notification()), received_at=NOW + 100 * DAY)

    assert refusal(message).reason == "age"
    assert verify(message, with_options(APP_STORE, max_age_days=100)) is not None


def test_a_real_app_refuses_the_demos_options_even_here() -> None:
    other_root = with_options(APP_STORE, demo=False)
    wide = with_options(APP_STORE, demo=False, root_fingerprints=None, max_age_days=100)

    for app, option in ((other_root, "root_fingerprints"), (wide, "max_age_days")):
        with pytest.raises(ConfigError, match=option):
            verify(apple_raw(notification()), app)


def test_a_real_app_trusts_apples_root_alone() -> None:
    app = with_options(APP_STORE, demo=False, root_fingerprints=None)

    refused = refusal(apple_raw(notification()), app)

    assert "not a trusted one" in str(refused)


def test_version_1_says_how_to_switch() -> None:
    body = orjson.dumps({"notification_type": "DID_RENEW", "password": "s", "bid": BUNDLE_ID})

    refused = refusal(raw(APP_STORE, body))

    assert (type(refused), refused.reason) == (MalformedError, "apple_v1")
    assert "version 2" in str(refused)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"signedPayload": 1}', b"\xff"])
def test_a_body_without_a_signed_payload_is_malformed(body: bytes) -> None:
    assert refusal(raw(APP_STORE, body)).reason == "malformed"


def test_an_app_without_the_store_is_not_known_yet() -> None:
    with pytest.raises(UnknownAppError):
        verify(apple_raw(notification()), replace(APP, stores=()))
