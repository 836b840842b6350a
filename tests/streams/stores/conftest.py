"""Gives the conformance suite one test a fixture of the store that the class is about."""

import pytest

from tests.streams.stores import fixture


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fixture_name" in metafunc.fixturenames and metafunc.cls is not None:
        metafunc.parametrize("fixture_name", fixture.names(metafunc.cls.store))
