"""One destination as configured, and what its mistakes are called."""

from datetime import timedelta
from typing import Any

import pytest

from sinks.delivery.plan import Plan, State, read_plan
from sinks.delivery.schedule import RETRIES, REVENUECAT
from streams.contracts.errors import ConfigError
from streams.contracts.event import EventType
from streams.contracts.project import Project
from streams.contracts.words import Environment
from streams.settings.project_file import DestinationSettings
from streams.settings.secret import Secret
from tests.sinks.events import event

PROJECT = Project(name="p", sha256="", apps=())


def read(url: str = "https://hooks.example.com/in", type_: str = "webhook", **options: Any) -> Plan:  # noqa: ANN401 - any TOML value
    settings = DestinationSettings(
        path="destinations[0]", name="mine", type=type_, url=url, options=options
    )
    return read_plan(settings, PROJECT)


def test_the_defaults() -> None:
    one = read()

    assert (one.concurrency, one.queue, one.timeout) == (10, 200, timedelta(seconds=15))
    assert one.state is State.ACTIVE
    assert one.schedule is RETRIES
    assert one.filter.max_age == timedelta(days=8)
    assert not one.allow_private


def test_every_common_option() -> None:
    one = read(
        "http://127.0.0.1:9000/",
        allow_private=True,
        allow_insecure=True,
        state="shadow",
        concurrency=3,
        timeout="60s",
        environment="SANDBOX",
        extensions=True,
    )

    assert one.allow_private
    assert one.state is State.SHADOW
    assert (one.concurrency, one.timeout) == (3, timedelta(minutes=1))
    assert one.filter.extensions


def test_the_profile_revenuecat_waits_a_minute_and_retries_as_revenuecat_does() -> None:
    one = read(profile="revenuecat")

    assert (one.timeout, one.schedule) == (timedelta(minutes=1), REVENUECAT)
    assert one.hold > one.timeout, "an attempt may not outlast what holds up its commit"


def test_a_timeout_of_its_own_wins_over_the_profile() -> None:
    one = read(profile="revenuecat", timeout="20s")

    assert (one.timeout, one.schedule) == (timedelta(seconds=20), REVENUECAT)


@pytest.mark.parametrize(
    ("url", "options", "named"),
    [
        ("http://h.example/", {}, "destinations[0].url: http:// is not encrypted"),
        ("https://10.0.0.1/", {}, "destinations[0].url: 10.0.0.1 is not a public host"),
        ("https://h.example/", {"concurency": 3}, "destinations[0].concurency: no such option"),
        ("https://h.example/", {"concurrency": 0}, "destinations[0].concurrency: 0"),
        ("https://h.example/", {"concurrency": True}, "destinations[0].concurrency: True"),
        ("https://h.example/", {"timeout": "1h"}, "destinations[0].timeout: use 1s to 2m"),
        ("https://h.example/", {"timeout": "0s"}, "destinations[0].timeout: use 1s to 2m"),
        ("https://h.example/", {"state": "off"}, "destinations[0].state: 'off' is not known"),
        ("https://h.example/", {"profile": "svix"}, "destinations[0].profile: 'svix' is not"),
        ("https://h.example/", {"allow_private": "yes"}, "destinations[0].allow_private"),
    ],
)
def test_a_mistake_names_its_field_and_the_remedy(
    url: str, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(url, **options)

    assert named in str(refused.value)


def test_an_unknown_type_names_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"destinations\[0\]\.type: .* use webhook"):
        read(type_="carrier-pigeon")


def test_an_unknown_option_names_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"allow_private.*authorization.*concurrency.*timeout"):
        read(colour="red")


def test_the_url_which_may_be_a_secret_is_in_no_repr() -> None:
    assert "s3cret" not in repr(read("https://h.example/s3cret"))


def test_a_vendor_whose_address_is_known_needs_no_url_and_any_other_does() -> None:
    key = Secret("k" * 32)

    assert read("", "amplitude", api_key=key).destination.url.startswith("https://api2.amplitude")
    for type_ in ("webhook", "slack"):
        with pytest.raises(ConfigError, match=r"destinations\[0\]\.url: write https://host/path"):
            read("", type_)


def test_an_address_of_a_vendor_that_is_no_public_one_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"destinations\[0\]\.url: 10\.0\.0\.1 is not a public"):
        read("https://10.0.0.1", "segment", write_key=Secret("k" * 32))


def test_an_event_is_taken_when_the_filter_lets_it_through_and_there_is_a_name_for_it() -> None:
    one = read("", "amplitude", api_key=Secret("k" * 32), environment="production")

    assert one.takes(event())
    assert not one.takes(event(type=EventType.TRANSFER)), "no name"
    assert not one.takes(event(environment=Environment.SANDBOX)), "the filter"


def test_a_url_that_is_a_password_does_not_stand_in_the_file() -> None:
    def written(type_: str, **options: Any) -> Plan:  # noqa: ANN401 - any TOML value
        url = "https://hooks.slack.com/services/T/B/x"
        settings = DestinationSettings(
            path="destinations[0]",
            name="mine",
            type=type_,
            url=url,
            url_in_file=True,
            options=options,
        )
        return read_plan(settings, PROJECT)

    with pytest.raises(ConfigError, match=r"destinations\[0\].url: is a secret: write {env"):
        written("slack")
    assert written("slack", allow_private=True).type == "slack", "for development"
    assert written("webhook").type == "webhook"


def test_a_vendor_s_rate_is_kept_until_the_file_says_another() -> None:
    url = "https://hooks.slack.com/services/T/B/x"

    assert read(url, "slack").rate == 1
    assert read(url, "slack", rate=0).rate == 0
    assert read().rate == 0
    with pytest.raises(ConfigError, match=r"destinations\[0\]\.rate: -1: write a whole number"):
        read(rate=-1)
