"""What a fixture leads to, all the way: signed, verified, tracked, told. Nobody posted its purchase.

`python -m tests.streams.fixture_events` prints the README's matrix of stores and event types.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.google_play import GooglePlay
from deploy.demo.payloads.play_store_answers import refunded
from deploy.demo.signers.google_account import new_key
from deploy.demo.stripe_api import StripeApi
from streams.agents import Context
from streams.contracts import stores
from streams.contracts.codec import decode
from streams.contracts.event import Event, EventType
from streams.contracts.ids import StoreName
from streams.contracts.project import Keyring, Product, Project
from streams.contracts.purchase import Pointer
from streams.contracts.raw import raw_headers
from streams.contracts.step import Out, Record
from streams.contracts.topics import RAW
from streams.contracts.words import Environment
from streams.lookup.answering import Answering
from streams.lookup.play_store import PlayStoreLookup
from streams.lookup.play_store_api import PlayStoreApi
from streams.lookup.stripe import StripeLookup
from streams.stores.moments import at_ms
from tests.e2e.in_memory import Pipeline
from tests.e2e.in_process import GoogleInProcess, StripeInProcess
from tests.streams.stores.fixture import Fixture, load, load_all
from tests.streams.stores.signing import APP, BUNDLE_ID, KEYRING, NOW, PLAY_STORE, STRIPE
from tests.streams.stores.suites import SUITES

_KEYRING = Keyring(
    secrets={key: value for each in SUITES.values() for key, value in each.keyring.secrets.items()},
    published=KEYRING.published,
)
_ACCOUNT = new_key().public_key()
_ANSWERED = timedelta(seconds=1)  # after the message
_TRACKING = replace(
    APP,
    stores=tuple(
        replace(suite.app.store(store), track_new="anonymous") for store, suite in SUITES.items()
    ),
)
_PROJECT = Project(
    name="fixtures",
    sha256="0" * 64,
    apps=(_TRACKING,),
    products=(Product(product_id="pro.monthly", entitlements=("pro",), duration="P1M"),),
)


class Telling:
    """The whole path, and the APIs beside it, which know what the fixtures told so far have said."""

    def __init__(self) -> None:
        self._play = GooglePlay(package=BUNDLE_ID, account=_ACCOUNT)
        self._stripe = StripeApi(key="")
        self._now = NOW
        self._answering = Answering(
            lookups={
                (APP.app_id, PLAY_STORE): PlayStoreLookup(
                    _TRACKING,
                    PlayStoreApi(GoogleInProcess(self._play), BUNDLE_ID, self._moment),
                ),
                (APP.app_id, STRIPE): StripeLookup(
                    _TRACKING,
                    {Environment.PRODUCTION: StripeInProcess(self._stripe)},
                    self._moment,
                ),
            }
        )
        context = Context(project=_PROJECT, now=self._moment, keyring=_KEYRING)
        self.pipeline = Pipeline(context, self._look_up)

    def tell(self, store: StoreName, fixture: Fixture) -> None:
        for kind, things in fixture.answers.items():
            for name, answer in things.items():
                self._know(store, kind, name, answer)
        self._now = fixture.received_at + _ANSWERED
        self.pipeline.put(_incoming(store, fixture))

    def _know(self, store: StoreName, kind: str, name: str, answer: dict[str, Any]) -> None:
        if store == STRIPE:
            self._stripe.put(kind, answer)
        else:
            self._play.put(kind, name, answer)

    def _moment(self) -> datetime:
        return self._now

    def wait(self, time: timedelta) -> None:
        """Google's orders show by then what its list of voids knew before them."""
        self._now += time
        for void in self._play.all_of("voids"):
            order = self._play.find("orders", void["orderId"])
            voided_at = at_ms(int(void["voidedTimeMillis"]))
            if order is not None and order["state"] != "REFUNDED":
                self._play.put("orders", order["orderId"], refunded(order, voided_at))

    def _look_up(self, record: Record) -> tuple[Out, ...]:
        return asyncio.run(self._answering.answer(record, decode(record.value, Pointer)))


def events_of(store: StoreName, fixture: Fixture) -> list[dict[str, Any]]:
    """The events of the fixture alone, its predecessors being told before."""
    telling = Telling()
    for name in fixture.after:
        telling.tell(store, load(store, name))
    before = len(telling.pipeline.events)
    telling.tell(store, fixture)
    return [essentials(event) for event in telling.pipeline.events[before:]]


def essentials(event: Event) -> dict[str, Any]:
    """What tells events apart; what is not said or 0 is left out."""
    told = {
        "type": event.type.value,
        "product_id": event.product_id,
        "new_product_id": event.new_product_id,
        "period_type": event.period_type and event.period_type.value,
        "reason": event.cancel_reason or event.expiration_reason,
        "price_micros": event.price_micros,
        "currency": event.currency if event.price_micros else None,
        "expires_at": event.expires_at and event.expires_at.isoformat(),
        "is_trial_conversion": event.is_trial_conversion,
        "is_family_share": event.is_family_share,
        "environment": event.environment.value
        if event.environment is Environment.SANDBOX
        else None,
        "extension": event.extension,
    }
    return {name: value for name, value in told.items() if value}


def _incoming(store: StoreName, fixture: Fixture) -> Out:
    raw = SUITES[store].raw(fixture)
    return Out(topic=RAW, key=None, value=raw.body, headers=raw_headers(raw))


def matrix() -> str:
    """Event types by store, as the fixtures have them: RevenueCat's own, or beyond what it sends."""
    head = ["event", *(store.title for store in stores.ALL)]
    lines = [_line(head), _line(["---"] * len(head))]
    told = {store.name: dict(_told(store.name)) for store in stores.ALL}
    for kind in EventType:
        cells = [told[store.name].get(kind.value, "") for store in stores.ALL]
        if any(cells):
            lines.append(_line([f"`{kind}`", *cells]))
    return "\n".join(lines)


def _told(store: StoreName) -> Iterator[tuple[str, str]]:
    """RevenueCat's own last, so that it wins over an extension of the same type."""
    events = [event for fixture in load_all(store) for event in fixture.events or ()]
    for event in sorted(events, key=lambda event: not event.get("extension")):
        yield event["type"], "extension" if event.get("extension") else "yes"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(matrix())  # noqa: T201 - what it is for
