"""Events: of our endpoint, our mode, our account."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deploy.demo.payloads import stripe
from deploy.demo.signers.stripe import signature_header
from streams.contracts.errors import (
    ConfigError,
    MalformedError,
    RejectedError,
    SignatureError,
    UnknownAppError,
    WrongAppError,
)
from streams.contracts.ids import AppId
from streams.contracts.project import Keyring
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment
from streams.stores import STORES
from tests.streams.stores.signing import (
    APP,
    KEYRING,
    NOW,
    SECRET,
    STRIPE,
    raw,
    stripe_raw,
    with_options,
)

ADAPTER = STORES[STRIPE]
EVENT = stripe.event("customer.deleted", {"id": "cus_1"}, id_="evt_1", created=NOW)
OTHER_SECRET = "whsec_other_0123456789"


def event(**members: object) -> dict[str, Any]:
    merged: dict[str, Any] = {**EVENT}
    merged.update(members)
    return {name: value for name, value in merged.items() if value is not None}


def with_header(header: str) -> RawNotification:
    return replace(stripe_raw(EVENT), request_headers=(("stripe-signature", header),))


def signed(secret: str) -> RawNotification:
    return with_header(signature_header(stripe.body(EVENT), [secret], NOW))


ATTACKS: dict[str, tuple[Callable[[], RawNotification], type[RejectedError], str]] = {
    "no header": (
        lambda: replace(stripe_raw(EVENT), request_headers=()),
        SignatureError,
        "signature",
    ),
    "an event by way of a cloud, without signature": (
        lambda: raw(STRIPE, b'{"detail-type": "charge.succeeded", "detail": {}}'),
        SignatureError,
        "signature",
    ),
    "another endpoint's secret": (lambda: signed(OTHER_SECRET), SignatureError, "signature"),
    "an empty secret": (lambda: signed(""), SignatureError, "signature"),
    "a changed body": (
        lambda: replace(stripe_raw(EVENT), body=stripe.body(event(livemode=False))),
        SignatureError,
        "signature",
    ),
    "the test scheme": (
        lambda: with_header(
            signature_header(stripe.body(EVENT), [SECRET], NOW).replace("v1=", "v0=")
        ),
        SignatureError,
        "signature",
    ),
    "replayed after five minutes": (
        lambda: replace(stripe_raw(EVENT), received_at=NOW + timedelta(seconds=301)),
        SignatureError,
        "age",
    ),
    "dated ahead": (
        lambda: replace(stripe_raw(EVENT), received_at=NOW - timedelta(seconds=301)),
        SignatureError,
        "age",
    ),
    "a header that is none": (lambda: with_header("v1"), MalformedError, "malformed"),
    "a genuine body that is no event": (
        lambda: stripe_raw({"hello": "world"}),
        MalformedError,
        "malformed",
    ),
    "an event without a mode": (
        lambda: stripe_raw(event(livemode=None)),
        MalformedError,
        "malformed",
    ),
    "an event of test mode at a token of production": (
        lambda: replace(stripe_raw(event(livemode=False)), environments=(Environment.PRODUCTION,)),
        WrongAppError,
        "environment",
    ),
    "an event of live mode at a token of the sandbox": (
        lambda: replace(stripe_raw(EVENT), environments=(Environment.SANDBOX,)),
        WrongAppError,
        "environment",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_for_its_own_reason(attack: str) -> None:
    make, kind, reason = ATTACKS[attack]

    with pytest.raises(kind) as refused:
        ADAPTER.verify(make(), KEYRING, APP)

    assert refused.value.reason == reason


@pytest.mark.parametrize("account", [None, "acct_other"])
def test_an_event_of_another_account_is_refused_where_one_is_set(account: str | None) -> None:
    app = with_options(STRIPE, account="acct_mine")

    with pytest.raises(WrongAppError):
        ADAPTER.verify(stripe_raw(event(account=account)), KEYRING, app)

    assert ADAPTER.verify(stripe_raw(event(account="acct_mine")), KEYRING, app) is not None


def test_the_mode_is_the_environment() -> None:
    for livemode, environment in ((True, "PRODUCTION"), (False, "SANDBOX")):
        payload = ADAPTER.verify(stripe_raw(event(livemode=livemode)), KEYRING, APP)

        assert payload.environments == (environment,)


def test_several_secrets_are_good_at_once() -> None:
    keyring = Keyring(secrets={(APP.app_id, STRIPE): (OTHER_SECRET, SECRET)})

    for secret in (SECRET, OTHER_SECRET):
        assert ADAPTER.verify(signed(secret), keyring, APP) is not None


def test_another_apps_secret_proves_nothing_here() -> None:
    keyring = Keyring(
        secrets={(APP.app_id, STRIPE): (OTHER_SECRET,), (AppId("other"), STRIPE): (SECRET,)}
    )

    with pytest.raises(SignatureError):
        ADAPTER.verify(stripe_raw(EVENT), keyring, APP)


def test_an_app_without_a_secret_is_not_known_yet() -> None:
    with pytest.raises(UnknownAppError):
        ADAPTER.verify(stripe_raw(EVENT), Keyring(), APP)


@pytest.mark.parametrize(
    "secret",
    [
        *("", "sk_live_0123456789abcdef", "whsec_1", "0123456789abcdef"),
        "whsec_0123456789\nwhsec_9876543210",
    ],
)
def test_what_is_no_signing_secret_stops_the_start(secret: str) -> None:
    with pytest.raises(ConfigError, match="no signing secret") as refused:
        ADAPTER.check({}, demo=False, secrets=(secret,))

    assert not secret or secret not in str(refused.value)


def test_no_secret_at_all_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="`secrets` is empty"):
        ADAPTER.check({}, demo=False, secrets=())


@pytest.mark.parametrize(
    ("options", "text"),
    [({"account": "cus_1"}, "acct_"), ({"product_from": "plan"}, "product_from")],
)
def test_a_wrong_option_is_named(options: dict[str, object], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        ADAPTER.check(options, demo=False)
