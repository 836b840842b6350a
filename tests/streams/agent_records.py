"""Records as each agent reads them, and one purchase all the way from agent to agent."""

from dataclasses import replace

from streams import agents
from streams.agents import Context
from streams.contracts import topics
from streams.contracts.codec import decode, encode
from streams.contracts.ids import AppId, CustomerId, PurchaseKey, ReceiptId
from streams.contracts.project import App, Project
from streams.contracts.purchase import (
    Notification,
    PostedPurchase,
    Tracking,
)
from streams.contracts.raw import RawNotification, raw_headers
from streams.contracts.step import Out, Record, Step
from streams.contracts.words import Environment, Origin
from tests.streams.stores.fixture import load
from tests.streams.stores.signing import (
    APP,
    APP_STORE,
    KEYRING,
    NOW,
    STRIPE,
    apple_raw,
    stripe_raw,
)

CUSTOMER = CustomerId("customer-1")


def context(app: App = APP) -> Context:
    project = Project(name="test", sha256="0" * 64, apps=(app,))
    return Context(project=project, now=lambda: NOW, keyring=KEYRING)


def incoming(raw: RawNotification, attempt: int = 0) -> Record:
    """As verify reads it from notifications.raw."""
    tried = ((topics.HEADER_ATTEMPT, b"%d" % attempt),) if attempt else ()
    return Record(
        topic=topics.RAW,
        partition=3,
        offset=41,
        key=None,
        value=raw.body,
        headers=raw_headers(raw) + tried,
    )


def apple(name: str) -> RawNotification:
    found = load(APP_STORE, name)
    return apple_raw(found.payload, received_at=found.received_at)


def stripe(name: str) -> RawNotification:
    found = load(STRIPE, name)
    return stripe_raw(found.payload, received_at=found.received_at)


def posted(purchase_id: str | None = None, app_id: AppId = APP.app_id) -> Record:
    """As verify reads it from purchases.posted."""
    purchase = PostedPurchase(
        tracking_id=ReceiptId("post-1"),
        app_id=app_id,
        store=STRIPE,
        customer_id=CUSTOMER,
        received_at=NOW,
        origin=Origin.POST,
        environment=Environment.PRODUCTION,
        purchase_id=purchase_id,
    )
    return Record(topic=topics.POSTED, partition=0, offset=7, key=None, value=encode(purchase))


def of(step: Step, topic: str) -> list[Out]:
    return [out for out in step.outputs if out.topic == topic]


def header(out: Out, name: str) -> bytes:
    return dict(out.headers)[name]


def passed_on(out: Out, offset: int) -> Record:
    """What one agent writes, as the next reads it."""
    return Record(
        topic=out.topic,
        partition=1,
        offset=offset,
        key=out.key,
        value=out.value or b"",
        headers=out.headers,
    )


TRACKING = Tracking(
    tracking_id=ReceiptId("post-1"),
    app_id=APP.app_id,
    store=APP_STORE,
    environment=Environment.PRODUCTION,
    purchase_key=PurchaseKey("tidepool/app_store/PRODUCTION/1"),
    customer_id=CUSTOMER,
    received_at=NOW,
    origin=Origin.POST,
    posted=True,
)


def tracked() -> tuple[Record, bytes]:
    """A genuine record of a purchase's inbox, and the state in which its purchase is tracked."""
    (told,) = agents.verify(incoming(apple("subscribed.initial_buy")), context()).outputs
    notification = decode(told.value or b"", Notification)
    tracking = replace(
        TRACKING,
        environment=notification.environment,
        purchase_key=notification.purchase_key,
    )
    kind = ((topics.HEADER_KIND, b"tracking"),)
    posted = Out(topic=topics.PURCHASES, key=told.key, value=encode(tracking), headers=kind)
    state = agents.track(passed_on(posted, 1), None, context()).state
    assert isinstance(state, bytes)
    return passed_on(told, 2), state


def changed() -> Record:
    record, state = tracked()
    (out,) = of(agents.track(record, state, context()), topics.CUSTOMER_INBOX)
    return passed_on(out, 5)
