"""Reading options: once for each app, strictly, each demo flag for itself."""

from dataclasses import replace

import pytest

from streams.contracts.errors import ConfigError, UnknownAppError
from streams.contracts.ids import StoreName
from streams.contracts.project import App, AppStore
from streams.stores.options import OptionsReader, StoreOptions, only_in_demo

STORE = StoreName("stripe")


class Shown(StoreOptions, frozen=True, kw_only=True):
    name: str
    trusts: str | None = None


def check(options: Shown, demo: bool) -> None:
    only_in_demo("trusts", options.trusts, demo=demo)


def app_with(**options: object) -> App:
    store = AppStore(store=STORE, options=options)
    return replace(APP, stores=(store,))


APP = App(app_id="tidepool", name="Tidepool")  # type: ignore[arg-type]


def test_options_are_read_once_for_an_app() -> None:
    reader = OptionsReader(STORE, Shown, check)
    app = app_with(name="a")

    assert reader.of(app) is reader.of(app)
    assert reader.of(app_with(name="b")).name == "b"


def test_what_a_demo_may_do_is_asked_again_of_a_real_app_with_the_same_options() -> None:
    reader = OptionsReader(STORE, Shown, check)
    app = app_with(name="a", trusts="x")

    assert reader.of(replace(app, demo=True)).trusts == "x"
    with pytest.raises(ConfigError, match="trusts"):
        reader.of(app)


def test_many_apps_are_read_without_keeping_all() -> None:
    reader = OptionsReader(STORE, Shown, check)
    apps = [app_with(name=str(n)) for n in range(1100)]

    assert [reader.of(app).name for app in apps] == [str(n) for n in range(1100)]
    assert len(reader._known) <= 1024


def test_an_app_without_the_store_is_not_known_yet() -> None:
    with pytest.raises(UnknownAppError):
        OptionsReader(STORE, Shown, check).of(APP)


def test_a_mistyped_option_is_told_with_those_that_there_are() -> None:
    reader = OptionsReader(STORE, Shown, check)

    with pytest.raises(ConfigError, match=r"trust: is not known: .*: the keys are .*trusts"):
        reader.read({"trust": "x"}, demo=True)
