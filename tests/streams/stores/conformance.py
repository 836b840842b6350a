"""What every store's adapter must do; a store's test class inherits it and says how to sign.

A new store joins by a folder of fixtures and a class of thirty lines.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from contextlib import nullcontext as does_not_raise
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.contracts import stores
from streams.contracts.errors import ConfigError, RejectedError, WrongAppError
from streams.contracts.ids import NO_PURCHASE, CustomerId, ReceiptId, StoreName
from streams.contracts.project import App, Keyring
from streams.contracts.purchase import Notification, Pointer, PostedPurchase, Tracking
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment, Origin, Signal
from streams.stores import STORES
from streams.stores.base import Decoded, StoreAdapter
from tests.streams.stores.fixture import Fixture, differences, load, load_all
from tests.streams.stores.shapes import with_one_change
from tests.streams.stores.signing import APP

BOTH = (Environment.PRODUCTION, Environment.SANDBOX)
POSTED_AT = datetime(2026, 11, 1, 10, 0, 2, tzinfo=UTC)


def purchase_of(decoded: Decoded) -> str:
    """The store's own id of the purchase that a message is about."""
    if isinstance(decoded, Pointer):
        return decoded.purchase_id
    return decoded.purchase_key.split("/", 3)[3]


def leads_to(claim: Tracking | Pointer) -> list[tuple[Environment, str]]:
    """Where, and to which of the store's ids; whose it is stands in either."""
    if isinstance(claim, Pointer):
        assert (claim.receipt_id, claim.hint["customer_id"]) == ("tracking-1", "u-42")
        return [(environment, claim.purchase_id) for environment in claim.environments]
    assert (claim.tracking_id, claim.customer_id) == ("tracking-1", "u-42")
    app_id, store, _, purchase_id = claim.purchase_key.split("/", 3)
    assert (app_id, store) == (claim.app_id, claim.store)
    return [(claim.environment, purchase_id)]


def ships(claim: Tracking | Pointer) -> bool:
    return claim.hint["ships"] == "true" if isinstance(claim, Pointer) else claim.ships


class StoreConformance(ABC):
    """The suite. `app` and `keyring` accept what `raw` signs; `app` has the id of `signing.APP`, as
    which the tests of the whole path know it."""

    store: ClassVar[StoreName]
    app: ClassVar[App]
    keyring: ClassVar[Keyring]

    @property
    def adapter(self) -> StoreAdapter:
        return STORES[self.store]

    covers_body: ClassVar[bool] = True
    """Whether the store's proof covers the body; Google's proves the sender only."""

    @abstractmethod
    def raw(self, fixture: Fixture) -> RawNotification:
        """The fixture as the store would post it, signed at its time."""

    @abstractmethod
    def types(self) -> Collection[tuple[str, str]]:
        """Every (type, subtype) of the store's table."""

    @abstractmethod
    def of_new_type(self, fixture: Fixture) -> Fixture:
        """The same, its type being a word that no table has."""

    @abstractmethod
    def forged(self, fixture: Fixture) -> Mapping[str, RawNotification]:
        """Messages that nobody may believe, by what is wrong with them."""

    def prove(self, raw: RawNotification) -> tuple[Decoded, ...]:
        """Verify and decode."""
        payload = self.adapter.verify(raw, self.keyring, self.app)
        return self.adapter.decode(payload, self.app)

    def any_fixture(self) -> Fixture:
        return load_all(self.store)[0]

    def any_purchase(self) -> str:
        """An id that a fixture tells, of the form that a backend may post (`purchase_form`)."""
        form = re.compile(stores.BY_NAME[self.store].purchase_form)
        told = (self.prove(self.raw(fixture))[0] for fixture in load_all(self.store))
        ids = (found for found in map(purchase_of, told) if found != NO_PURCHASE)
        return next(found for found in ids if form.fullmatch(found))

    def posted(
        self, purchase_id: str, environment: Environment | None, origin: Origin = Origin.POST
    ) -> PostedPurchase:
        """A backend's post, as ingress accepted it."""
        return PostedPurchase(
            tracking_id=ReceiptId("tracking-1"),
            app_id=self.app.app_id,
            store=self.store,
            customer_id=CustomerId("u-42"),
            received_at=POSTED_AT,
            origin=origin,
            environment=environment,
            purchase_id=purchase_id,
        )

    def test_it_is_the_store_of_its_name(self) -> None:
        assert self.adapter.name == self.store
        assert self.store in stores.BY_NAME

    def test_its_notifications_are_of_the_app_that_all_tests_know(self) -> None:
        assert self.raw(self.any_fixture()).app_id == self.app.app_id == APP.app_id

    def test_every_type_of_the_table_has_a_fixture(self) -> None:
        shown = {(each.type, each.subtype) for each in load_all(self.store)}

        assert set(self.types()) - shown == set()

    def test_a_fixture_means_what_was_written_down(self, fixture_name: str) -> None:
        fixture = load(self.store, fixture_name)

        decoded = self.prove(self.raw(fixture))

        assert differences(decoded, fixture.expected) == {}, fixture.about

    def test_a_fixture_keeps_the_stores_own_words_and_where_it_came_from(
        self, fixture_name: str
    ) -> None:
        fixture = load(self.store, fixture_name)
        raw = self.raw(fixture)

        first = self.prove(raw)[0]

        assert isinstance(first, Notification | Pointer)
        assert (first.type, first.subtype) == (fixture.type, fixture.subtype)
        assert (first.app_id, first.store) == (raw.app_id, raw.store)
        assert (first.receipt_id, first.received_at) == (raw.receipt_id, raw.received_at)
        assert (first.origin, bool(first.notification_id)) == (raw.origin, True)

    def test_verify_and_decode_are_repeatable(self) -> None:
        raws = [self.raw(fixture) for fixture in load_all(self.store)]

        first = [self.prove(raw) for raw in raws]
        again = [self.prove(raw) for raw in reversed(raws)][::-1]

        assert again == first

    def test_an_unknown_type_is_kept_and_says_so(self) -> None:
        fixture = self.of_new_type(self.any_fixture())

        first = self.prove(self.raw(fixture))[0]

        assert isinstance(first, Notification | Pointer)
        assert first.signal is Signal.UNKNOWN
        assert first.type == fixture.type

    def test_a_forged_message_is_refused(self) -> None:
        forged = self.forged(self.any_fixture())
        assert len(forged) > 1, "one that nobody signed, and one that somebody else did"
        for name, raw in forged.items():
            with pytest.raises(RejectedError):
                pytest.fail(f"{name}: {self.adapter.verify(raw, self.keyring, self.app)}")

    def test_a_message_for_a_token_of_no_environment_of_the_app_is_refused(self) -> None:
        for environment in Environment:
            other = {Environment.PRODUCTION, Environment.SANDBOX} - {environment}
            app = replace(
                self.app,
                stores=tuple(replace(each, environments=tuple(other)) for each in self.app.stores),
            )
            raw = replace(self.raw(self.any_fixture()), environments=(environment,))
            with pytest.raises(WrongAppError) as refused:
                self.adapter.verify(raw, self.keyring, app)
            assert refused.value.reason == "environment"

    def test_arbitrary_bytes_are_refused_and_nothing_else_happens(self) -> None:
        genuine = self.raw(self.any_fixture())

        @settings(max_examples=200, deadline=None)
        @given(body=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
        def refused(body: bytes) -> None:
            with pytest.raises(RejectedError):
                self.adapter.verify(replace(genuine, body=body), self.keyring, self.app)

        refused()

    def test_one_changed_byte_is_refused_or_was_not_covered(self) -> None:
        genuine = self.raw(self.any_fixture())
        told = self.prove(genuine)

        @settings(max_examples=300, deadline=None)
        @given(at=st.integers(0, len(genuine.body) - 1), value=st.integers(0, 255))
        def refused_or_the_same(at: int, value: int) -> None:
            body = genuine.body[:at] + bytes([value]) + genuine.body[at + 1 :]
            try:
                decoded = self.prove(replace(genuine, body=body))
            except RejectedError:
                return
            assert decoded == told or not self.covers_body

        refused_or_the_same()

    def test_a_genuine_message_of_a_strange_shape_is_decoded_or_refused_and_never_a_crash(
        self,
    ) -> None:
        fixtures = load_all(self.store)

        @settings(max_examples=400, deadline=None)
        @given(fixture=st.sampled_from(fixtures), data=st.data())
        def decoded_or_refused(fixture: Fixture, data: st.DataObject) -> None:
            strange = data.draw(with_one_change(fixture.payload))
            try:
                decoded = self.prove(self.raw(replace(fixture, payload=strange)))
            except RejectedError:
                return
            assert decoded

        decoded_or_refused()

    def test_a_post_of_the_stores_own_id_leads_to_its_purchase(self) -> None:
        purchase_id = self.any_purchase()
        for environment in Environment:
            posted = self.posted(purchase_id, environment)

            claims = self.adapter.claim(posted, self.keyring, self.app)

            assert [leads_to(claim) for claim in claims] == [[(environment, purchase_id)]]
            assert [ships(claim) for claim in claims] == [environment is Environment.PRODUCTION]

    def test_a_post_without_an_environment_is_for_both_and_ships_nothing(self) -> None:
        purchase_id = self.any_purchase()

        claims = self.adapter.claim(self.posted(purchase_id, None), self.keyring, self.app)

        places = [place for claim in claims for place in leads_to(claim)]
        assert sorted(places) == sorted((each, purchase_id) for each in BOTH)
        assert not any(map(ships, claims))

    def test_an_import_ships_nothing(self) -> None:
        posted = self.posted(self.any_purchase(), Environment.PRODUCTION, Origin.IMPORT)

        assert not any(map(ships, self.adapter.claim(posted, self.keyring, self.app)))

    def test_whoever_a_notification_is_forwarded_to_can_prove_it_again(self) -> None:
        genuine = self.raw(self.any_fixture())
        names = stores.BY_NAME[self.store].signature_headers
        kept = tuple((name, value) for name, value in genuine.request_headers if name in names)

        if self.covers_body:
            forwarded = replace(genuine, request_headers=kept)
            assert self.prove(forwarded) == self.prove(genuine)
        else:
            assert names == (), "what proves the sender alone is a credential, and stays here"

    def test_what_a_new_app_is_asked_for_is_enough(self) -> None:
        asked = {each.option for each in stores.BY_NAME[self.store].advice.questions}
        has = self.app.store(self.store).options

        with does_not_raise():
            self.adapter.check({name: has[name] for name in asked}, demo=False)

    def test_its_options_are_accepted_and_a_misspelled_one_is_not(self) -> None:
        settings_ = self.app.store(self.store)
        secrets = self.keyring.secrets.get((self.app.app_id, self.store), ())

        self.adapter.check(settings_.options, demo=self.app.demo, secrets=secrets)

        with pytest.raises(ConfigError, match="bundel"):
            self.adapter.check({**settings_.options, "bundel": "x"}, demo=self.app.demo)
