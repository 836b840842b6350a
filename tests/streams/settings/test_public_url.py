"""public_url: what a store can post to, and nothing else."""

from contextlib import nullcontext as does_not_raise
from pathlib import Path

import pytest

from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.settings.project_file import load_project
from streams.settings.public_url import notification_url, read_public_url, require_public_url

FILE = Path("project.toml")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("https://notify.example.com", "https://notify.example.com"),
        ("https://Notify.Example.com/", "https://notify.example.com"),
        ("https://notify.example.com:443", "https://notify.example.com"),
        ("https://notify.example.com:8443", "https://notify.example.com:8443"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("", ""),
    ],
)
def test_an_address_is_kept_as_scheme_name_and_port(given: str, read: str) -> None:
    assert read_public_url(given, FILE) == read


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("http://notify.example.com", "is not https"),
        ("notify.example.com", "is not https"),
        ("https://notify.example.com:444", "has port 444"),
        ("https://notify.example.com:99999", "is no address"),
        ("https://notify.example.com/hooks", "has a path"),
        ("https://notify.example.com?x=1", "query or a fragment"),
        ("https://notify.example.com/#x", "query or a fragment"),
        ("https://user:pass@notify.example.com", "user name or a password"),
        ("https://localhost", "names no public host"),
        ("https://192.0.2.7", "names no public host"),
        ("https://[2001:db8::1]", "names no public host"),
        ("https://bücher.example", "names no public host"),
        ("https://-x.example.com", "names no public host"),
        ("https://", "names no public host"),
        ("https://[", "is no address"),
    ],
)
def test_what_no_store_could_post_to_is_refused_with_an_example(given: str, why: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_public_url(given, FILE)
    assert str(raised.value).startswith("project.toml: project.public_url: ")
    assert why in str(raised.value)
    assert 'write public_url = "https://' in str(raised.value)


def test_it_stands_in_the_project_and_changes_no_events_mark(tmp_path: Path) -> None:
    file = tmp_path / "project.toml"
    file.write_text('[project]\nname = "P"\n')
    before = load_project(file)
    file.write_text('[project]\nname = "P"\npublic_url = "https://notify.example.com"\n')
    after = load_project(file)
    assert (before.public_url, after.public_url) == ("", "https://notify.example.com")
    assert before.project == after.project


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_a_door_on_this_machine_alone_needs_none(host: str) -> None:
    with does_not_raise():
        require_public_url(host, "", FILE)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "gate.internal"])
def test_a_door_that_others_reach_needs_one(host: str) -> None:
    require_public_url(host, "https://notify.example.com", FILE)
    with pytest.raises(ConfigError, match=r"public_url is missing.*SN_HOST is"):
        require_public_url(host, "", FILE)


def test_the_route_ends_with_store_and_token() -> None:
    url = notification_url("https://n.example.com", StoreName("stripe"), "t0ken")
    assert url == "https://n.example.com/v1/notifications/stripe/t0ken"
