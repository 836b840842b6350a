"""Notifications signed as the stores sign them, and proved by verify, for the tests of forward."""

from dataclasses import replace
from datetime import datetime

from deploy.demo.payloads import play_store
from streams import agents
from streams.contracts import topics
from streams.contracts.ids import AppId, ReceiptId
from streams.contracts.project import Keyring
from streams.contracts.raw import RawNotification, raw_headers
from streams.contracts.step import Headers, Out, Record
from tests.streams.agent_records import apple, context, incoming, stripe
from tests.streams.stores.signing import (
    APP,
    AUDIENCE,
    BUNDLE_ID,
    ISSUER,
    KEYRING,
    NOW,
    STRIPE,
    google_raw,
)

CONTENT_TYPE = ("content-type", "application/json; charset=utf-8")
EXTRA = (("user-agent", "Store/1.0"), ("x-api-key", "k"), ("host", "hooks.example.com"))


def notification(
    store: str = "stripe", number: int = 1, received_at: datetime | None = None
) -> RawNotification:
    """One that is genuine, with the headers that a store sends and a proxy adds."""
    raw = {
        "app_store": lambda: apple("did_renew"),
        "stripe": lambda: stripe("invoice.paid"),
        "play_store": lambda: google_raw(
            play_store.developer_notification(BUNDLE_ID, NOW, play_store.subscription(2, "token"))
        ),
    }[store]()
    return replace(
        raw,
        receipt_id=ReceiptId(f"receipt-{store}-{number}"),
        received_at=received_at or raw.received_at,
        request_headers=(CONTENT_TYPE, *EXTRA, *raw.request_headers),
    )


def forged(store: str) -> RawNotification:
    """As it came, but for one byte; for Google, who signs no body, pushed by a stranger."""
    raw = notification(store)
    if store == "play_store":
        token = ISSUER.token(audience=AUDIENCE, email="stranger@example.com", at=raw.received_at)
        return replace(raw, request_headers=(("authorization", f"Bearer {token}"),))
    middle = len(raw.body) // 2
    other = b"A" if raw.body[middle : middle + 1] != b"A" else b"B"
    return replace(raw, body=raw.body[:middle] + other + raw.body[middle + 1 :])


def proved(raw: RawNotification, app_id: str) -> list[Out]:
    """What verify, in a project whose app `app_id` forwards, writes for forward."""
    stores = tuple(replace(store, forward=True) for store in APP.stores)
    app = replace(APP, app_id=AppId(app_id), stores=stores)
    project = context(app)
    secrets = {(app.app_id, STRIPE): KEYRING.secrets[APP.app_id, STRIPE]}
    project.keyring = Keyring(secrets=secrets, published=KEYRING.published)
    step = agents.verify(incoming(replace(raw, app_id=app.app_id)), project)
    return [out for out in step.outputs if out.topic == topics.GENUINE]


def record_of(raw: RawNotification, topic: str = topics.GENUINE, headers: Headers = ()) -> Record:
    """As forward reads it."""
    return Record(
        topic=topic,
        partition=0,
        offset=0,
        key=None,
        value=raw.body,
        headers=raw_headers(raw) + headers,
    )
