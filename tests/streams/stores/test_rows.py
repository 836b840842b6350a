"""Every row of the stores' tables has a fixture, and every fixture its row.

tests/fixtures/<store>.rows has a line for each type (and subtype) that the store documents, and on it
a fixture for each case of it that means something else. It was compared with the stores' documentation,
so a type that our own tables lack is missed here.
"""

from pathlib import Path

import pytest

from streams.contracts.ids import StoreName
from streams.stores.play_store.signals import SUBSCRIPTION
from tests.streams.stores.fixture import Fixture, load, names
from tests.streams.stores.signing import PLAY_STORE
from tests.streams.stores.suites import SUITES

FOLDER = Path(__file__).parents[2] / "fixtures"
STORES = tuple(SUITES)
# Google's numbers; 14 to 16 and 21 are unused, and many libraries are wrong above 13.
NUMBERS = {
    1: "RECOVERED",
    2: "RENEWED",
    3: "CANCELED",
    4: "PURCHASED",
    5: "ON_HOLD",
    6: "IN_GRACE_PERIOD",
    7: "RESTARTED",
    8: "PRICE_CHANGE_CONFIRMED",
    9: "DEFERRED",
    10: "PAUSED",
    11: "PAUSE_SCHEDULE_CHANGED",
    12: "REVOKED",
    13: "EXPIRED",
    17: "ITEMS_CHANGED",
    18: "CANCELLATION_SCHEDULED",
    19: "PRICE_CHANGE_UPDATED",
    20: "PENDING_PURCHASE_CANCELED",
    22: "PRICE_STEP_UP_CONSENT_UPDATED",
}
TABLES = {
    store: {f"{type_}/{subtype}".rstrip("/") for type_, subtype in suite.types()}
    for store, suite in SUITES.items()
}
THIN = {"v1.billing.meter.error_report_triggered"}  # a thin event is of any type of its own


def rows(store: StoreName) -> dict[str, list[str]]:
    """The fixtures of each type."""
    lines = (FOLDER / f"{store}.rows").read_text(encoding="utf-8").splitlines()
    return {type_: cases.split() for type_, cases in (line.split(": ") for line in lines)}


def spelled(fixture: Fixture) -> str:
    return f"{fixture.type}/{fixture.subtype}".rstrip("/")


@pytest.mark.parametrize("store", STORES)
def test_every_documented_type_is_in_our_table_and_no_other(store: StoreName) -> None:
    assert rows(store).keys() - THIN == TABLES[store]


@pytest.mark.parametrize("store", STORES)
def test_every_row_has_its_fixture_with_its_events_and_every_fixture_its_row(
    store: StoreName,
) -> None:
    told = {name: type_ for type_, cases in rows(store).items() for name in cases}

    assert sorted(told) == names(store)
    for name, type_ in told.items():
        fixture = load(store, name)
        assert spelled(fixture) == type_, name
        assert fixture.events is not None, f"{name}: say what it leads to: `events`"


def test_googles_numbers_mean_what_google_says() -> None:
    assert {number: word.name for number, word in SUBSCRIPTION.items()} == {
        number: f"SUBSCRIPTION_{name}" for number, name in NUMBERS.items()
    }


def test_what_google_only_points_at_has_an_answer_beside_it() -> None:
    about_none = {"TEST"}
    pointing = [load(PLAY_STORE, name) for name in names(PLAY_STORE)]

    assert all(
        one.answers or any(load(PLAY_STORE, name).answers for name in one.after)
        for one in pointing
        if one.type not in about_none
    )
