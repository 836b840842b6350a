"""Every forgery of the schemes at the stores' own doors: the corpora, refused for the right reason.

The attacks themselves are made beside the schemes (tests.streams.verify) and the stores (test_verify of
each); here each goes in as a store's post would. A store without a corpus of its own has those forgeries
that its conformance class makes (`forged`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import orjson
import pytest

from streams.contracts.errors import RejectedError, SignatureError
from streams.contracts.ids import StoreName
from streams.contracts.project import App, Keyring
from streams.contracts.raw import RawNotification
from streams.stores import STORES
from tests.streams.stores.app_store import test_verify as app_store
from tests.streams.stores.app_store.genuine import Claims
from tests.streams.stores.play_store import test_verify as play_store
from tests.streams.stores.signing import (
    APP,
    APP_STORE,
    KEYRING,
    PLAY_STORE,
    STRIPE,
    apple_raw,
    google_raw,
    raw,
    with_options,
)
from tests.streams.stores.stripe import test_verify as stripe
from tests.streams.verify import forging, test_chain, test_jws, test_oidc, test_signed_header

_OWN_TIME = "own time"  # is read from Apple's claims, which these tokens have not
LEAST = {APP_STORE: 25, PLAY_STORE: 12, STRIPE: 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """`text`: of the error, or its `reason` where that is given."""

    make: Callable[[], RawNotification]
    kind: type[RejectedError]
    text: str = ""
    reason: str = ""
    app: App = APP
    keyring: Keyring = KEYRING


def _apples() -> Mapping[str, Attack]:
    app = with_options(APP_STORE, root_fingerprints=[forging.CHAIN.root_fingerprint])
    tokens: dict[str, tuple[Callable[[], str], type[RejectedError], str]] = {
        **test_jws.ATTACKS,
        **{
            name: (make, SignatureError, text)
            for name, (make, text) in test_chain.ATTACKS.items()
            if _OWN_TIME not in text
        },
    }
    posted = {
        f"a token: {name}": Attack(make=_signed_by(make), kind=kind, text=text, app=app)
        for name, (make, kind, text) in tokens.items()
    }
    said = {
        name: Attack(make=_saying(make), kind=kind, text=text, reason=reason)
        for name, (make, kind, reason, text) in app_store.ATTACKS.items()
    }
    return posted | said


def _signed_by(make: Callable[[], str]) -> Callable[[], RawNotification]:
    def post() -> RawNotification:
        body = orjson.dumps({"signedPayload": make()})
        return raw(APP_STORE, body, received_at=forging.NOW)

    return post


def _saying(make: Callable[[], Claims]) -> Callable[[], RawNotification]:
    return lambda: apple_raw(make())


def _googles() -> Mapping[str, Attack]:
    app = with_options(PLAY_STORE, audience=test_oidc.AUDIENCE, service_account=test_oidc.EMAIL)
    keyring = Keyring(published={test_oidc.ISSUER.name: test_oidc.KEYS})
    tokens = {
        f"a token: {name}": Attack(
            make=_pushed_with(make), kind=kind, text=text, app=app, keyring=keyring
        )
        for name, (make, kind, text) in test_oidc.ATTACKS.items()
    }
    pushes = {
        name: Attack(make=make, kind=kind, text=text)
        for name, (make, kind, text) in play_store.ATTACKS.items()
    }
    return tokens | pushes


def _pushed_with(make: Callable[[], str]) -> Callable[[], RawNotification]:
    def push() -> RawNotification:
        genuine = google_raw(play_store.RENEWED, received_at=test_oidc.NOW)
        return replace(genuine, request_headers=(("authorization", f"Bearer {make()}"),))

    return push


def _stripes() -> Mapping[str, Attack]:
    headers = {
        f"a header: {name}": Attack(make=_with_header(attack), kind=attack.kind, text=attack.text)
        for name, attack in test_signed_header.ATTACKS.items()
    }
    events = {
        name: Attack(make=make, kind=kind, reason=reason)
        for name, (make, kind, reason) in stripe.ATTACKS.items()
    }
    return headers | events


def _with_header(attack: test_signed_header.Attack) -> Callable[[], RawNotification]:
    signed = {"stripe-signature": attack.header}
    return lambda: raw(STRIPE, attack.body, signed, received_at=test_signed_header.NOW)


CORPORA = {APP_STORE: _apples(), PLAY_STORE: _googles(), STRIPE: _stripes()}
EVERY = [(store, name) for store, attacks in CORPORA.items() for name in attacks]


@pytest.mark.parametrize(("store", "name"), EVERY, ids=str)
def test_it_is_refused_at_the_store_s_door_for_its_own_reason(store: StoreName, name: str) -> None:
    attack = CORPORA[store][name]

    with pytest.raises(RejectedError, match=attack.text or None) as refused:
        STORES[store].verify(attack.make(), attack.keyring, attack.app)

    assert type(refused.value) is attack.kind
    assert refused.value.reason == (attack.reason or refused.value.reason)


@pytest.mark.parametrize("store", LEAST)
def test_the_corpus_of_a_scheme_is_large_enough(store: StoreName) -> None:
    assert len(CORPORA[store]) >= LEAST[store]
