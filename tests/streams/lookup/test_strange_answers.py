"""Answers that are nearly right, or nothing at all: told, or refused, and never a crash.

A store that adds a member or takes one away costs one record, not a role.
"""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext as does_not_raise
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.demo.google_play import GooglePlay
from deploy.demo.stripe_api import StripeApi
from streams.contracts.codec import encode, read_json
from streams.contracts.errors import RejectedError, TransientError
from streams.contracts.ids import StoreName
from streams.contracts.purchase import Pointer
from streams.contracts.words import Environment
from streams.lookup.api import Get, Query
from streams.lookup.app_store import AppStoreLookup
from streams.lookup.asking import StoreLookup
from streams.lookup.play_store import PlayStoreLookup
from streams.lookup.play_store_api import PlayStoreApi
from streams.lookup.stripe import StripeLookup
from streams.stores import STORES
from tests.e2e.in_process import GoogleInProcess, StripeInProcess
from tests.streams.lookup.google import KEY
from tests.streams.lookup.test_pointers import POINTER
from tests.streams.stores.fixture import Fixture, load, load_all
from tests.streams.stores.shapes import with_one_change
from tests.streams.stores.signing import (
    APP,
    APP_STORE,
    BOTH,
    BUNDLE_ID,
    KEYRING,
    PLAY_STORE,
    STRIPE,
    google_raw,
)

# The same examples in every run: what another draw would find must not stop a change that has
# nothing to do with it. Leave `derandomize` out to look for more.
MANY = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
ANSWERED = [one for one in load_all(PLAY_STORE) if one.answers]
EVENTS = [
    one
    for one in load_all(STRIPE)
    if one.payload["type"].startswith(("customer.subscription.", "invoice", "refund", "charge.d"))
    and "id" in one.payload["data"]["object"]
]
BEFORE = ("customer.subscription.created", "invoice.paid.create", "invoice_payment.paid")


def asked(lookup: StoreLookup, pointer: Pointer) -> None:
    """Raise what is none of the errors that a pointer may have."""
    try:
        asyncio.run(lookup.look_up(pointer))
    except (RejectedError, TransientError):
        return


def pointing(fixture: Fixture) -> Pointer:
    raw = google_raw(fixture.payload, received_at=fixture.received_at)
    (pointer,) = STORES[PLAY_STORE].decode(STORES[PLAY_STORE].verify(raw, KEYRING, APP), APP)
    assert isinstance(pointer, Pointer)
    return pointer


@dataclass(slots=True)
class Strange:
    """Answers as `inner` does, but for the one of number `at`, which has one change. Satisfies Get."""

    inner: Get
    data: st.DataObject
    at: int
    given: int = 0

    async def get(self, bucket: str, path: str, query: Query = ()) -> bytes:
        body = await self.inner.get(bucket, path, query)
        self.given += 1
        if self.given - 1 != self.at:
            return body
        return encode(self.data.draw(with_one_change(read_json(body))))


@given(fixture=st.sampled_from(ANSWERED), at=st.integers(0, 2), data=st.data())
@MANY
def test_googles_answers_with_one_change(fixture: Fixture, at: int, data: st.DataObject) -> None:
    play = GooglePlay(package=BUNDLE_ID, account=KEY.public_key())
    for kind, things in fixture.answers.items():
        for name, answer in things.items():
            play.put(kind, name, answer)
    api = PlayStoreApi(
        Strange(GoogleInProcess(play), data, at), BUNDLE_ID, lambda: fixture.received_at
    )

    with does_not_raise():
        asked(PlayStoreLookup(APP, api), pointing(fixture))


@given(told=st.sampled_from(EVENTS), at=st.integers(0, 4), data=st.data())
@MANY
def test_stripes_answers_with_one_change(told: Fixture, at: int, data: st.DataObject) -> None:
    """Its objects are what its events show."""
    api = StripeApi(key="rk_live_1")
    for name in BEFORE:
        api.tell(load(STRIPE, name).payload)
    api.tell(told.payload)
    lookup = StripeLookup(APP, {Environment.PRODUCTION: Strange(StripeInProcess(api), data, at)})

    with does_not_raise():
        asked(lookup, pointer_at(STRIPE, load(STRIPE, BEFORE[0]).payload))


def pointer_at(store: StoreName, event: dict[str, Any]) -> Pointer:
    name = event["data"]["object"]["id"]
    return replace(POINTER, store=store, purchase_id=name, environments=BOTH, type="due")


@dataclass(frozen=True, slots=True)
class Saying:
    """An API that answers everything with the same bytes. Satisfies Ask."""

    body: bytes

    async def get(self, bucket: str, path: str, query: Query = ()) -> bytes:
        return self.body

    async def post(self, bucket: str, path: str, query: Query, content: bytes) -> bytes:
        return self.body


LOOKUPS: dict[StoreName, Callable[[Saying], StoreLookup]] = {
    APP_STORE: lambda api: AppStoreLookup(APP, {Environment.PRODUCTION: api}),
    PLAY_STORE: lambda api: PlayStoreLookup(APP, PlayStoreApi(api, BUNDLE_ID)),
    STRIPE: lambda api: StripeLookup(APP, {Environment.PRODUCTION: api}),
}
IDS = {APP_STORE: "2000000700000001", PLAY_STORE: "token-1", STRIPE: "sub_1"}


@pytest.mark.parametrize("store", LOOKUPS)
def test_arbitrary_bytes_for_an_answer(store: StoreName) -> None:
    pointer = replace(POINTER, store=store, purchase_id=IDS[store], environments=BOTH)

    @given(body=st.binary(max_size=200) | JSON.map(encode))
    @settings(max_examples=150, deadline=None)
    def answered(body: bytes) -> None:
        with pytest.raises((RejectedError, TransientError)):
            asyncio.run(LOOKUPS[store](Saying(body)).look_up(pointer))

    answered()
