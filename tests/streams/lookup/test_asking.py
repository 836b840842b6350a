"""A store that nothing asks says so, by the path of the setting that is too much."""

import pytest
from aiohttp import ClientSession

from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.contracts.project import App, AppStore, Project
from streams.lookup.asking import lookups
from streams.settings.project_file import ApiSettings
from tests.streams.stores.signing import APP


async def test_an_api_of_a_store_that_has_none_here_is_a_wrong_setting() -> None:
    name = StoreName("corner_shop")
    app = App(app_id=APP.app_id, name="Tidepool", stores=(AppStore(store=name),))
    apis = {(app.app_id, name): ApiSettings(path="apps[0].stores[0].api", options={})}
    async with ClientSession() as session:
        with pytest.raises(ConfigError, match=r"apps\[0\]\.stores\[0\]\.api: nothing here asks"):
            lookups(Project(name="", sha256="", apps=(app,)), apis, session)
