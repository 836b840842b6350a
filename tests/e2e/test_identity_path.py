"""Who a purchase is told to, through the four pure steps: restore settings, aliases, store's names.

Records are addressed and headed as on Kafka; only the broker is missing.
"""

from dataclasses import replace
from datetime import timedelta

from streams.agents import Context
from streams.contracts.codec import decode, encode
from streams.contracts.customer import Attributes, Customer
from streams.contracts.ids import CustomerId, ReceiptId
from streams.contracts.project import App, Project, Restore
from streams.contracts.purchase import PostedPurchase
from streams.contracts.raw import raw_headers
from streams.contracts.step import Out
from streams.contracts.topics import CUSTOMER_INBOX, CUSTOMERS, HEADER_KIND, POSTED, RAW
from streams.contracts.words import Environment, Origin
from tests.e2e.in_memory import Pipeline
from tests.streams.stores.fixture import load
from tests.streams.stores.signing import APP, APP_STORE, KEYRING, NOW, apple_raw

ANN, BOB = CustomerId("ann"), CustomerId("bob")
TOKEN = CustomerId("7e3fb204-2e25-4b6e-9f0e-1a2b3c4d5e6f")


def pipeline(restore: Restore = Restore.TRANSFER, app: App = APP) -> Pipeline:
    project = Project(name="test", sha256="0" * 64, apps=(app,), restore=restore)
    return Pipeline(Context(project=project, now=lambda: NOW, keyring=KEYRING))


def notified(name: str, token: str | None = None) -> Out:
    fixture = load(APP_STORE, name)
    payload = fixture.payload
    if token is not None:
        data = payload["data"]
        transaction = data["signedTransactionInfo"] | {"appAccountToken": token}
        payload = payload | {"data": data | {"signedTransactionInfo": transaction}}
    raw = apple_raw(payload, received_at=fixture.received_at)
    return Out(topic=RAW, key=None, value=raw.body, headers=raw_headers(raw))


def posted(customer: CustomerId, n: int = 0) -> Out:
    post = PostedPurchase(
        tracking_id=ReceiptId(f"post-{n}"),
        app_id=APP.app_id,
        store=APP_STORE,
        customer_id=customer,
        received_at=NOW + timedelta(days=n),
        origin=Origin.POST,
        environment=Environment.PRODUCTION,
        purchase_id=load(APP_STORE, "did_renew").expected["purchase"],
    )
    return Out(topic=POSTED, key=None, value=encode(post))


def attributes(customer: CustomerId) -> Out:
    told = Attributes(
        customer_id=customer,
        values={"$email": {"value": "a@b.co", "updated_at_ms": 1}},
        received_at=NOW,
    )
    kind = ((HEADER_KIND, b"attributes"),)
    return Out(topic=CUSTOMER_INBOX, key=customer.encode(), value=encode(told), headers=kind)


def run(pipeline_: Pipeline, *outs: Out) -> Pipeline:
    for out in outs:
        pipeline_.put(out)
    return pipeline_


def shown(pipeline_: Pipeline) -> list[Customer]:
    """Topic customers, compacted."""
    last = {record.key: record.value for record in pipeline_.out[CUSTOMERS]}
    return [decode(value, Customer) for value in last.values() if value]


def test_a_transfer_moves_the_purchase_and_is_one_event() -> None:
    done = run(pipeline(), posted(ANN), notified("subscribed.initial_buy"), posted(BOB, 1))
    assert [event.type for event in done.events] == ["INITIAL_PURCHASE", "TRANSFER"]
    held = {customer.customer_id: len(customer.purchases) for customer in shown(done)}
    assert held == {ANN: 0, BOB: 1}

    run(done, notified("did_renew"))
    assert (done.events[-1].type, done.events[-1].customer_id) == ("RENEWAL", BOB)


def test_with_keep_the_purchase_stays_whoever_posts_it() -> None:
    done = run(
        pipeline(Restore.KEEP),
        posted(ANN),
        notified("subscribed.initial_buy"),
        posted(BOB, 1),
        notified("did_renew"),
    )
    assert [event.customer_id for event in done.events] == [ANN, ANN]


def test_with_share_both_become_one_customer_and_nothing_is_transferred() -> None:
    done = run(
        pipeline(Restore.SHARE),
        posted(ANN),
        notified("subscribed.initial_buy"),
        attributes(BOB),
        posted(BOB, 1),
        notified("did_renew"),
    )
    assert [event.type for event in done.events] == ["INITIAL_PURCHASE", "RENEWAL"]
    renewal = done.events[-1]
    assert renewal.aliases == (ANN, BOB)
    assert renewal.original_customer_id == ANN
    assert renewal.attributes["$email"]["value"] == "a@b.co"
    (customer,) = shown(done)
    assert (customer.aliases, len(customer.purchases)) == ((ANN, BOB), 1)


def named_by_token(rule: str) -> App:
    return replace(APP, stores=tuple(replace(each, track_new=rule) for each in APP.stores))


def test_a_token_of_a_known_customer_makes_the_first_event_theirs() -> None:
    app = named_by_token("known_account_token")
    done = run(
        pipeline(app=app),
        attributes(TOKEN),
        notified("subscribed.initial_buy", TOKEN),
        notified("did_renew", TOKEN),
    )
    assert [event.customer_id for event in done.events] == [TOKEN, TOKEN]
    assert all(len(event.aliases) == 2 for event in done.events)
    (customer,) = shown(done)
    assert len(customer.purchases) == 1


def test_a_token_of_nobody_gives_an_anonymous_customer_the_same_in_every_run() -> None:
    app = named_by_token("known_account_token")
    told = [
        run(pipeline(app=app), notified("subscribed.initial_buy", TOKEN)).events[0].customer_id
        for _ in range(2)
    ]
    assert told[0] == told[1]
    assert told[0].startswith("$RCAnonymousID:")
    assert len(told[0]) == len("$RCAnonymousID:") + 32


def test_a_token_taken_at_its_word_names_the_customer() -> None:
    done = run(
        pipeline(app=named_by_token("account_token")), notified("subscribed.initial_buy", TOKEN)
    )
    assert done.events[0].customer_id == TOKEN


def test_a_post_after_track_new_moves_the_purchase_to_who_posted_it() -> None:
    done = run(
        pipeline(app=named_by_token("anonymous")),
        notified("subscribed.initial_buy"),
        posted(ANN, 1),
        notified("did_renew"),
    )
    assert [event.type for event in done.events] == ["INITIAL_PURCHASE", "TRANSFER", "RENEWAL"]
    assert done.events[-1].customer_id == ANN
