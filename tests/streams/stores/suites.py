"""The stores' own test classes by name: how each signs, and which types it has. A new store brings its own."""

from importlib import import_module

from streams.contracts import stores
from streams.contracts.ids import StoreName
from tests.streams.stores.conformance import StoreConformance


def _suite(store: StoreName) -> StoreConformance:
    module = import_module(f"tests.streams.stores.test_{store}")
    (suite,) = (
        found
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, StoreConformance)
        and found is not StoreConformance
    )
    return suite()


SUITES = {store.name: _suite(store.name) for store in stores.ALL}
