"""What the demo's stores post over HTTP: their own words, signed for real; and what forgers post.

Signatures with a clock are made at the moment of posting, as the stores make theirs.
"""

from base64 import urlsafe_b64decode
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson

from deploy.demo import app_store, google_life, play_store, stripe
from deploy.demo.happening import (
    APP_STORE,
    PLAY_STORE,
    STRIPE,
    Forged,
    Forgery,
    Happening,
)
from deploy.demo.keys import Keys
from deploy.demo.payloads import stripe as payloads
from deploy.demo.payloads.app_store import Claims
from deploy.demo.put import Put
from deploy.demo.signers.apple import AppleChain, AppleSigner, segment
from deploy.demo.signers.stripe import HEADER, signature_header

_STRANGERS_SECRET = "whsec_c3RyYW5nZXJzLXNlY3JldC10aGF0LWlzLW5vdC1vdXJz"
_DAY_MS = 86_400_000
_OTHER_BUNDLE = "com.example.another"
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One body of one store. `stripe_secret` signs it when it is posted; `signed`: not the body,
    but what it was before somebody changed it. `bearer`: Google's token; `puts`: what Google's API
    answers from then on; `fleeting`: its next answers will not show it any more."""

    store: str
    title: str
    body: bytes
    stripe_secret: str = ""
    signed: bytes | None = None
    bearer: str = ""
    puts: tuple[Put, ...] = ()
    fleeting: bool = False

    def headers(self, now: datetime) -> dict[str, str]:
        if self.stripe_secret:
            signature = signature_header(self.signed or self.body, [self.stripe_secret], now)
            return _JSON | {HEADER: signature}
        return _JSON | ({"Authorization": f"Bearer {self.bearer}"} if self.bearer else {})


class Stores:
    """The three stores, with their keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._stranger = AppleSigner(AppleChain.create(datetime.now(UTC)))

    def messages(self, happening: Happening) -> list[Message]:
        """All that the store posts of it, each as often as it does."""
        match happening.subscription.store:
            case store if store == STRIPE:
                told = [self._stripe(event) for event in stripe.events(happening)]
            case store if store == PLAY_STORE:
                told = self._google(happening)
            case _:
                told = [_apple(app_store.notification(happening), self._keys.apple)]
        return [message for message in told for _ in range(happening.times)]

    def forged(self, forged: Forged) -> Message:
        store = forged.model.subscription.store
        if store == PLAY_STORE:
            now = datetime.now(UTC)
            return _pushed(play_store.stranger(self._keys.google, forged.model, now))
        return self._forged_stripe(forged) if store == STRIPE else self._forged_apple(forged)

    def _google(self, happening: Happening) -> list[Message]:
        """The API knows it before anything is said of it."""
        pushes = play_store.news(self._keys.google, happening, datetime.now(UTC))
        told = [_pushed(push) for push in pushes]
        fleeting = happening.kind in google_life.FLEETING
        first = replace(told[0], puts=tuple(google_life.puts(happening)))
        return [replace(message, fleeting=fleeting) for message in (first, *told[1:])]

    def connection_check(self, now: datetime) -> Message:
        return _pushed(play_store.connection_check(self._keys.google, now))

    def _stripe(self, event: payloads.Object) -> Message:
        return Message(
            store=STRIPE,
            title=event["type"],
            body=payloads.body(event),
            stripe_secret=self._keys.stripe_secret,
        )

    def _forged_stripe(self, forged: Forged) -> Message:
        name = f"evt_forged{forged.model.subscription.id}{forged.model.number}"
        genuine = self._stripe(stripe.events(forged.model)[0] | {"id": name})
        if forged.how is not Forgery.TAMPERED:
            return replace(genuine, stripe_secret=_STRANGERS_SECRET)
        changed = genuine.body.replace(b'"created": 1', b'"created": 2', 1)
        return replace(genuine, body=changed, signed=genuine.body)

    def _forged_apple(self, forged: Forged) -> Message:
        model, ours = forged.model, self._keys.apple
        match forged.how:
            case Forgery.OTHER_APP:
                return _apple(app_store.notification(model, bundle_id=_OTHER_BUNDLE), ours)
            case Forgery.STRANGER:
                return _apple(app_store.notification(model), self._stranger)
            case Forgery.TAMPERED:
                return _tampered(_apple(app_store.notification(model), ours))


def puts(happening: Happening) -> list[Put]:
    """What the store's API knows of it."""
    match happening.subscription.store:
        case store if store == STRIPE:
            return [Put(STRIPE, event["id"], event) for event in stripe.events(happening)]
        case store if store == PLAY_STORE:
            return google_life.puts(happening)
        case _:
            claims = app_store.notification(happening)
            return [Put(APP_STORE, claims["notificationUUID"], claims)]


def _apple(claims: Claims, signer: AppleSigner) -> Message:
    title = "/".join(filter(None, (claims["notificationType"], claims.get("subtype"))))
    return Message(store=APP_STORE, title=title, body=signer.body(claims))


def _tampered(message: Message) -> Message:
    """A day later than it was signed, under the old signature."""
    header, payload, signature = orjson.loads(message.body)["signedPayload"].split(".")
    claims = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    changed = segment(orjson.dumps(claims | {"signedDate": claims["signedDate"] + _DAY_MS}))
    body = orjson.dumps({"signedPayload": f"{header}.{changed}.{signature}"})
    return replace(message, body=body)


def _pushed(push: play_store.Push) -> Message:
    return Message(store=PLAY_STORE, title=push.title, body=push.body, bearer=push.bearer)
