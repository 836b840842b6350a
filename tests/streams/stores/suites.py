"""The stores' own test classes by name: how each signs, and which types it has. A new store brings its own."""

from importlib import import_module

from streams.contracts import stores
from streams.contracts.ids import StoreName
from tests.streams.stores.conformance import StoreConformance


def _suite(store: StoreName) -> StoreConformance:
    """Raise LookupError, saying what to write, where the store has none."""
    name = f"tests.streams.stores.test_{store}"
    wanted = f"write a class that inherits StoreConformance into {name.replace('.', '/')}.py"
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        raise LookupError(f"{store} has no tests: {wanted}") from error
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, StoreConformance)
        and each is not StoreConformance
    ]
    if len(found) != 1:
        raise LookupError(f"{store} has {len(found)} conformance tests: {wanted}, and only one")
    return found[0]()


SUITES = {store.name: _suite(store.name) for store in stores.ALL}
