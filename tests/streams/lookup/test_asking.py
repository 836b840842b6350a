"""What is known of all stores at once: who publishes keys for any of them, and that one has no API here."""

from dataclasses import replace

import pytest
from aiohttp import ClientSession

from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.contracts.project import App, AppStore, Project
from streams.lookup import play_store
from streams.lookup.asking import issuers, lookups
from streams.settings.project_file import ApiSettings
from tests.streams.stores.signing import APP, PLAY_STORE


async def test_an_api_of_a_store_that_has_none_here_is_a_wrong_setting() -> None:
    name = StoreName("corner_shop")
    app = App(app_id=APP.app_id, name="Tidepool", stores=(AppStore(store=name),))
    apis = {(app.app_id, name): ApiSettings(path="apps[0].stores[0].api", options={})}
    async with ClientSession() as session:
        with pytest.raises(ConfigError, match=r"apps\[0\]\.stores\[0\]\.api: nothing here asks"):
            lookups(Project(name="", sha256="", apps=(app,)), apis, session)


def test_the_issuers_are_those_of_each_store_that_is_proven_by_published_keys() -> None:
    signed = Project(name="", sha256="", apps=(APP,))
    unsigned = replace(APP, stores=tuple(each for each in APP.stores if each.store != PLAY_STORE))

    assert issuers(signed) == play_store.issuers(signed) != {}
    assert issuers(Project(name="", sha256="", apps=(unsigned,))) == {}
