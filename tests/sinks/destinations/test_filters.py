"""Which events a destination takes."""

from datetime import timedelta
from typing import Any

import pytest

from sinks.destinations.filters import Filter, read_filter
from sinks.destinations.options import OptionReader
from streams.contracts.errors import ConfigError
from streams.contracts.event import EventType
from streams.contracts.ids import AppId
from streams.contracts.project import App, Project
from streams.contracts.words import Environment, Origin
from tests.sinks.events import AT, event

PROJECT = Project(
    name="p",
    sha256="",
    apps=(App(app_id=AppId("app1a2b"), name="One"), App(app_id=AppId("other"), name="Two")),
)


def read(**options: Any) -> Filter:  # noqa: ANN401 - any TOML value
    return read_filter(OptionReader("destinations[0]", options), PROJECT)


def test_by_default_a_destination_takes_both_environments_and_every_type_and_app() -> None:
    for type_ in EventType:
        assert read().takes(event(type=type_))
        assert read().takes(event(type=type_, environment=Environment.SANDBOX))


@pytest.mark.parametrize("word", ["sandbox", "SANDBOX"])
def test_the_environment_filter(word: str) -> None:
    assert read(environment=word).takes(event(environment=Environment.SANDBOX))
    assert read(environment=word).refusal(event()) == "environment"


def test_the_app_filter() -> None:
    assert read(apps=["app1a2b"]).takes(event())
    assert read(apps=["other"]).refusal(event()) == "app"


def test_the_event_type_filter_knows_revenuecats_lower_case_words() -> None:
    taken = read(event_types=["renewal", "CANCELLATION"])

    assert taken.takes(event(type=EventType.RENEWAL))
    assert taken.takes(event(type=EventType.CANCELLATION))
    assert taken.refusal(event(type=EventType.EXPIRATION)) == "event_type"


def test_what_revenuecat_would_not_send_is_opted_into() -> None:
    assert read().refusal(event(extension=True)) == "extension"
    assert read(extensions=True).takes(event(extension=True))


@pytest.mark.parametrize("options", [{}, {"extensions": True, "deliver_max_age": "off"}])
def test_imported_history_is_never_delivered(options: dict[str, Any]) -> None:
    assert read(**options).refusal(event(origin=Origin.IMPORT)) == "import"


@pytest.mark.parametrize("origin", [Origin.PARKED, Origin.BACKFILL, Origin.REFRESH])
def test_of_other_origins_what_is_young_is_delivered(origin: Origin) -> None:
    almost = timedelta(days=8) - timedelta(seconds=1)

    assert read().takes(event(origin=origin, received_at=AT + almost))
    assert read().refusal(event(origin=origin, received_at=AT + timedelta(days=8))) == "age"


def test_the_age_is_a_setting_and_can_be_off() -> None:
    old = event(received_at=AT + timedelta(days=30))

    assert read(deliver_max_age="31d").takes(old)
    assert read(deliver_max_age="off").takes(old)
    assert read(deliver_max_age="1h").refusal(old) == "age"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"environment": "prod"}, "destinations[0].environment: 'prod' is not known: use"),
        ({"apps": ["nope"]}, "destinations[0].apps: 'nope' is not known: use app1a2b, other"),
        ({"apps": "app1a2b"}, "write a list"),
        ({"apps": []}, "write a list"),
        ({"event_types": ["renewed"]}, "destinations[0].event_types: 'renewed' is not known"),
        ({"event_types": [3]}, "destinations[0].event_types: 3 is not known"),
        ({"extensions": "yes"}, "write true or false"),
        ({"deliver_max_age": "8 days"}, "destinations[0].deliver_max_age: '8 days' is no dur"),
        ({"deliver_max_age": 8}, "is no duration"),
    ],
)
def test_a_word_that_filters_nothing_is_an_error_with_its_field(
    options: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(**options)

    assert named in str(refused.value)
